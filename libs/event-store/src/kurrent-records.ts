import { createHash } from 'node:crypto';
import type { EventData, ResolvedEvent } from '@kurrent/kurrentdb-client';
import { eventHash } from './chain.js';
import { CorruptEvent, type Metadata, type StoredEvent, StoreUnusable, streamDeletedType } from './port.js';
import type { PreparedEvent } from './prepare.js';

/** The house's streams in a server's log, which holds the server's own and perhaps others'. */
export const houseStreams = '^[a-z]+\\.[a-z-]+-[A-Za-z0-9._-]{1,200}$';

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

export type Recorded = NonNullable<ResolvedEvent['event']>;

/** In the server's metadata stands what the house says of an event; the server's own id and `created` mean nothing to it. */
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
  const { id, type, version, data, metadata, commandDigest } = event;
  const hash = eventHash(previousHash, { stream, revision, id, type, version }, data, metadata);
  const around = JSON.stringify({ id, version, previousHash, hash, ...(since > 0 ? { since } : {}) });
  const written = new TextEncoder().encode(`${around.slice(0, -1)},"metadata":${metadata}}`);
  const content = JSON.parse(data) as Record<string, unknown>;
  return {
    sent: { id: serverId(stream, id, commandDigest), type, contentType: 'application/json', data: content, metadata: written },
    trace: { id, revision, digest: commandDigest, hash, since, ...deletion(type, content) },
    bytes: Buffer.byteLength(data) + written.length + 2 * type.length,
  };
}

/**
 * The server takes the same ids for the same append, whatever they hold: so another content has other ids. A UUID of version 8
 * (RFC 9562).
 */
function serverId(stream: string, id: string, digest: string): string {
  const bytes = createHash('sha256').update(`${stream}\n${id}\n${digest}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** @throws CorruptEvent */
export function stored(recorded: Recorded): StoredEvent {
  const { stream, revision, position, type } = placeOf(recorded);
  const { id, version, metadata, previousHash, hash } = unwrapped(recorded);
  // What is no JSON comes back as a string or as bytes.
  const { data } = recorded as { data: unknown };
  if (typeof data !== 'object' || data === null || data instanceof Uint8Array || Array.isArray(data)) {
    throw new CorruptEvent(stream, revision, position, 'its data is not a JSON object');
  }
  return {
    position,
    stream,
    revision,
    id,
    type,
    version,
    data: data as Record<string, unknown>,
    metadata,
    previousHash,
    hash,
  };
}

/** @throws CorruptEvent */
export function traceOf(recorded: Recorded): Trace {
  const { revision, position, type } = placeOf(recorded);
  const { id, hash, since = 0, metadata } = unwrapped(recorded);
  return { id, revision, position, digest: metadata.commandDigest, hash, since, ...deletion(type, recorded.data) };
}

/** Its place in its stream and in the log. @throws StoreUnusable for a log too long for our numbers */
export function placeOf(recorded: Recorded): { stream: string; revision: number; position: number; type: string } {
  const { streamId, type } = recorded;
  return { stream: streamId, revision: numberOf(recorded.revision), position: numberOf(recorded.position?.commit ?? 0n), type };
}

export function numberOf(value: bigint): number {
  if (value <= Number.MAX_SAFE_INTEGER) return Number(value);
  throw new StoreUnusable(`日志位置 ${value} 超出 2^53，本程序不能用。 / Position ${value} of the log is beyond 2^53.`);
}

function unwrapped(recorded: Recorded): Wrapped {
  const found = (recorded.metadata ?? {}) as Partial<Wrapped>;
  const { id, version, previousHash, hash, metadata } = found;
  const ours = [id, previousHash, hash].every(text => typeof text === 'string') && typeof version === 'number';
  if (ours && typeof metadata === 'object' && metadata !== null) return found as Wrapped;
  const { stream, revision, position } = placeOf(recorded);
  throw new CorruptEvent(stream, revision, position, 'its metadata is not as the house writes it');
}

function deletion(type: string, data: unknown): Pick<Trace, 'deletes'> {
  if (type !== streamDeletedType) return {};
  return { deletes: (data as { kind?: string } | undefined)?.kind === 'hard' ? 'hard' : 'soft' };
}
