import { createSecretKey, randomBytes } from 'node:crypto';
import { decryptField, encryptField } from '#privacy';
import { type Figure, figureOf, median } from '../figure.js';

const fields = 20_000;
const rounds = 9;
const warmUp = 2;

const place = { type: 'RequestRegistered', field: 'applicant', subject: 'requests.request-019a3f2b7c1e' };
const value = '四川省成都市青羊区人民中路一段十六号院内';

/** What one personal field costs on its way into the store, and where it is shown. */
export function measureEncryption(): Figure[] {
  const key = createSecretKey(randomBytes(32));
  const stored = encryptField(key, place, value);
  const unit = 'µs/field';
  return [
    figureOf({
      figure: 'store.encryption',
      value: costUs(() => encryptField(key, place, value)),
      unit,
      note: '20 Chinese characters, AES-256-GCM, random IV, key derived for fields',
    }),
    figureOf({
      figure: 'store.decryption',
      value: costUs(() => decryptField(key, place, stored)),
      unit,
      note: 'the same, shown',
    }),
  ];
}

function costUs(work: () => unknown): number {
  const took: number[] = [];
  for (let round = -warmUp; round < rounds; round += 1) {
    const begun = performance.now();
    for (let index = 0; index < fields; index += 1) work();
    if (round >= 0) took.push(((performance.now() - begun) * 1000) / fields);
  }
  return median(took);
}
