import { createHash, randomBytes } from 'node:crypto';

/** A new command id, time-ordered (UUIDv7, RFC 9562), so that indexes over ids stay local. */
export function newCommandId(now: Date): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now.getTime(), 0, 6);
  return uuid(bytes, 7);
}

/**
 * Id derived from a command's (or event's) id and a part: the same parts give the same id, on every machine. Keeps the first
 * six bytes of a UUID, so that what is derived from a time-ordered id is time-ordered too (UUIDv8).
 */
export function derivedId(from: string, ...parts: (string | number)[]): string {
  const bytes = createHash('sha256')
    .update([from, ...parts].join('\u0000'))
    .digest()
    .subarray(0, 16);
  const prefix = /^([0-9a-f]{8})-([0-9a-f]{4})-[0-9a-f]{4}-/.exec(from);
  if (prefix) Buffer.from(prefix[1]! + prefix[2]!, 'hex').copy(bytes);
  return uuid(bytes, 8);
}

/**
 * Short id for an address: 20 characters, derived from the command that makes the thing. A new id of our own (UUIDv7) gives its
 * time as the first twelve, so that streams named by it lie together in the store's index; of an id from an Idempotency-Key, which
 * knows no time, all are hash, as they always were: a key used before an upgrade still finds what it made.
 */
export function addressId(commandId: string): string {
  const hash = createHash('sha256').update(commandId).digest('hex');
  const time = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/.exec(commandId);
  return time ? time[1]! + time[2]! + hash.slice(0, 8) : hash.slice(0, 20);
}

function uuid(bytes: Buffer, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
