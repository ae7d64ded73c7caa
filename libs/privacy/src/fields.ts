import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';

/** Where an encrypted value belongs; in another place it does not open. */
export interface Place {
  type: string;
  field: string;
  subject: string;
}

const format = 'gkp1';
const ivBytes = 12;
const tagBytes = 16;
const blockBytes = 64;

/**
 * A value as `gkp1.<iv>.<ciphertext>.<tag>` (base64url): AES-256-GCM over its JSON. The IV is random: derived from an id, a command
 * tried again with another content would use it twice, and two texts under one IV give each other away.
 */
export function encryptField(key: KeyObject, place: Place, value: unknown): string {
  const plain = Buffer.from(JSON.stringify(value));
  // Blanks after JSON mean nothing; without them the length would tell a short name from a long one.
  const padded = Buffer.concat([plain, Buffer.alloc((blockBytes - (plain.length % blockBytes)) % blockBytes, ' ')]);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', fieldKey(key), iv).setAAD(associated(place));
  const sealed = Buffer.concat([cipher.update(padded), cipher.final()]);
  return [format, ...[iv, sealed, cipher.getAuthTag()].map(part => part.toString('base64url'))].join('.');
}

/** @throws Error where it was changed, stood elsewhere or another key encrypted it */
export function decryptField(key: KeyObject, place: Place, text: string): unknown {
  const [, iv, sealed, tag] = text.split('.').map(part => Buffer.from(part, 'base64url'));
  const decipher = createDecipheriv('aes-256-gcm', fieldKey(key), iv!, { authTagLength: tagBytes });
  decipher.setAAD(associated(place)).setAuthTag(tag!);
  return JSON.parse(Buffer.concat([decipher.update(sealed!), decipher.final()]).toString());
}

export function isEncrypted(value: unknown): value is string {
  return typeof value === 'string' && /^gkp1\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/.test(value);
}

/** One key, one use: the same one also makes digests. */
function fieldKey(key: KeyObject): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', 'gongkai personal field', 32));
}

function associated({ type, field, subject }: Place): Buffer {
  return Buffer.from([format, type, field, subject].join('\n'));
}
