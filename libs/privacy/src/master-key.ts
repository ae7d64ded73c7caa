import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { KeysUnusable } from './keys.js';

/** Wraps the keys of `Keys`. Its id tells which one wrapped, and nothing else of it. */
export interface MasterKey {
  id: string;
  key: KeyObject;
}

const ivBytes = 12;
const tagBytes = 16;

/**
 * Master keys as a setting gives them: 32 bytes in base64, several separated by commas or lines. The first wraps, the others
 * still unwrap. Null where it is not that; the text is never repeated to anyone.
 */
export function masterKeysOf(text: string): MasterKey[] | null {
  const parts = text.split(/[\s,]+/).filter(Boolean);
  if (parts.length === 0 || !parts.every(part => /^[A-Za-z0-9+/_-]{43}=?$/.test(part))) return null;
  return parts.map(part => masterKey(Buffer.from(part, 'base64')));
}

function masterKey(bytes: Buffer): MasterKey {
  return { id: createHmac('sha256', bytes).update('gongkai master key').digest('hex').slice(0, 16), key: createSecretKey(bytes) };
}

/** `what` is bound to it: a wrapped key put in another's place does not open. */
export function wrap({ key }: MasterKey, what: string, bytes: Uint8Array): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(what));
  return Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error where another key wrapped it, or it was changed */
export function unwrap({ key }: MasterKey, what: string, wrapped: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(what)).setAuthTag(wrapped.subarray(-tagBytes));
  return Buffer.concat([decipher.update(wrapped.subarray(ivBytes, -tagBytes)), decipher.final()]);
}

/** @throws KeysUnusable where something at `place` is wrapped by a master key that is not given */
export function refuseUnknownMaster(used: Iterable<string>, masters: readonly MasterKey[], place: string): void {
  const unknown = [...used].find(master => !masters.some(({ id }) => id === master));
  if (unknown === undefined) return;
  throw new KeysUnusable(
    `主密钥不对：${place} 中的密钥由另一主密钥（编号 ${unknown}）加密，请在 GONGKAI_MASTER_KEY 或其文件中给出那一把。 / Wrong master key: what ${place} holds is wrapped by another (id ${unknown}); give that one in GONGKAI_MASTER_KEY or its file.`,
  );
}

/** @throws KeysUnusable where it was rotated away meanwhile */
export function masterNamed(masters: readonly MasterKey[], id: string): MasterKey {
  const found = masters.find(master => master.id === id);
  if (found) return found;
  throw new KeysUnusable(
    `主密钥已轮换：请在 GONGKAI_MASTER_KEY 或其文件中加入编号 ${id} 的主密钥并重新启动。 / The master key was rotated: add the one with id ${id} to GONGKAI_MASTER_KEY or its file and start again.`,
  );
}
