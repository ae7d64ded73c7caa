import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { type Figure, figureOf, median } from '../figure.js';

const fields = 20_000;
const rounds = 9;

/** What a personal field costs before it is stored: AES-256-GCM with a random IV, in the form in which it is stored. */
export function measureEncryption(): Figure[] {
  const key = createSecretKey(randomBytes(32));
  const field = '四川省成都市青羊区人民中路一段十六号院内';
  const took: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    const begun = performance.now();
    for (let index = 0; index < fields; index += 1) encrypted(key, field);
    if (round >= 0) took.push(((performance.now() - begun) * 1000) / fields);
  }
  return [
    figureOf({
      figure: 'store.encryption',
      value: median(took),
      unit: 'µs/field',
      note: '20 Chinese characters, AES-256-GCM, random IV',
    }),
  ];
}

function encrypted(key: ReturnType<typeof createSecretKey>, field: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = Buffer.concat([cipher.update(field), cipher.final()]);
  return ['gkp1', ...[iv, sealed, cipher.getAuthTag()].map(part => part.toString('base64url'))].join('.');
}
