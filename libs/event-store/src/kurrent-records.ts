import { randomUUID } from 'node:crypto';
import type { EventData } from '@kurrent/kurrentdb-client';
import { eventHash } from './chain.js';
import { CorruptEvent, type Metadata, type StoredEvent, StoreUnusable, streamDeletedType } from './port.js';
import type { PreparedEvent } from './prepare.js';

/** The house's streams in a server's log, which holds the server's own and perhaps others'. */
export const houseStreams = '^[a-z]+\\.[a-z-]+-[A-Za-z0-9._-]{1,200}$';

/** What the server writes of its own accord, such as that somebody deleted a stream by its means, is no event of the house. */
export function isHouses(type: string): boolean {
  return !type.startsWith('$');
}

/** What an append needs to know of an event that is stored. */
export interface Trace {
  id: string;
  revision: number;
  position: number;
  digest: string | undefined;
  hash: string;
  /** First revision that is read: what lies before was deleted softly. */
  since: number;
  deletes?: 'soft' | 'hard';
}

/** An event as the server tells it. Its own id and `created` mean nothing to the house. */
export interface Recorded {
  stream: string;
  revision: number;
  position: number;
  type: string;
  data: Uint8Array;
  metadata: Uint8Array;
}

/** In the server's metadata stands what the house says of an event. */
interface Wrapped {
  id: string;
  version: number;
  previousHash: string;
  hash: string;
  since?: number;
  metadata: Metadata;
}

/** An event for the server, in the chain after `previousHash`. */
export function proposed(
  event: PreparedEvent,
  { stream, revision, previousHash, since }: { stream: string; revision: number; previousHash: string; since: number },
): { sent: EventData; trace: Omit<Trace, 'position'>; bytes: number } {
  const { id, type, version, data, metadata } = event;
  const hash = eventHash(previousHash, { stream, revision, id, type, version }, data, metadata);
  const around = JSON.stringify({ id, version, previousHash, hash, ...(since > 0 ? { since } : {}) });
  const written = new TextEncoder().encode(`${around.slice(0, -1)},"metadata":${metadata}}`);
  const content = JSON.parse(data) as Record<string, unknown>;
  return {
    // By ids it knows the server would take an append for stored, whatever it holds, and not say so: each attempt has its own.
    sent: { id: randomUUID(), type, contentType: 'application/json', data: content, metadata: written },
    trace: { id, revision, digest: digestOf(event), hash, since, ...deletion(type, content) },
    bytes: Buffer.byteLength(data) + written.length + 2 * type.length,
  };
}

export function digestOf({ metadata }: PreparedEvent): string | undefined {
  return (JSON.parse(metadata) as Partial<Metadata>).commandDigest;
}

/** @throws CorruptEvent */
export function stored(recorded: Recorded): StoredEvent {
  const { stream, revision, position, type } = recorded;
  const { id, version, metadata, previousHash, hash } = unwrapped(recorded);
  const data = json(recorded, 'data') as Record<string, unknown>;
  return { position, stream, revision, id, type, version, data, metadata, previousHash, hash };
}

/** @throws CorruptEvent */
export function traceOf(recorded: Recorded): Trace {
  const { revision, position, type } = recorded;
  const { id, hash, since = 0, metadata } = unwrapped(recorded);
  const deletes = type === streamDeletedType ? deletion(type, json(recorded, 'data')) : {};
  return { id, revision, position, digest: metadata.commandDigest, hash, since, ...deletes };
}

/** @throws StoreUnusable for a log too long for our numbers */
export function numberOf(value: bigint | string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new StoreUnusable(`日志位置 ${value} 超出 2^53，本程序不能用。 / Position ${value} of the log is beyond 2^53.`);
}

function unwrapped(recorded: Recorded): Wrapped {
  const found = json(recorded, 'metadata') as Partial<Wrapped>;
  const { id, version, previousHash, hash, metadata } = found;
  const ours = [id, previousHash, hash].every(text => typeof text === 'string') && typeof version === 'number';
  if (ours && typeof metadata === 'object' && metadata !== null) return found as Wrapped;
  throw corrupt(recorded, 'its metadata is not as the house writes it');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function json(recorded: Recorded, part: 'data' | 'metadata'): object {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(recorded[part]));
  } catch (error) {
    throw corrupt(recorded, error);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw corrupt(recorded, `its ${part} is not a JSON object`);
}

function corrupt({ stream, revision, position }: Recorded, cause: unknown): CorruptEvent {
  return new CorruptEvent(stream, revision, position, cause);
}

function deletion(type: string, data: object): Pick<Trace, 'deletes'> {
  if (type !== streamDeletedType) return {};
  return { deletes: (data as { kind?: string }).kind === 'hard' ? 'hard' : 'soft' };
}
