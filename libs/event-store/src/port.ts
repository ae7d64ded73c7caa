/**
 * The source of truth. Streams are `<room>.<aggregate>-<id>`; revisions count from 0 in a stream without gaps;
 * positions strictly rise in commit order over the whole log, with gaps allowed.
 */
export interface EventStore {
  /**
   * Appends all events or none. Event ids come from the command: an append whose ids the stream already holds is answered
   * as it was the first time and stores nothing.
   * @throws WrongExpectedRevision the stream is elsewhere; nothing was stored
   * @throws IdempotencyConflict some of the ids are there, but not as this append
   */
  append(stream: string, events: readonly NewEvent[], expected: Expected): Promise<Appended>;
  /** Forward from `from` (inclusive, default 0). A missing stream is empty. */
  readStream(stream: string, options?: { from?: number; limit?: number }): Promise<StoredEvent[]>;
  /** Events after `after` (exclusive), in order. `upTo` is how far the log was read, also where nothing matched. */
  readAll(options: { after: number; limit: number; types?: readonly string[] }): Promise<Slice>;
  /** Position of the last event; 0 for an empty store. */
  head(): Promise<number>;
  /** Resolves when there may be events after `after`, or the signal aborts. A hint only: read to know. */
  wait(after: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export type Expected = number | 'none' | 'any';

export interface Metadata {
  commandId: string;
  command: string;
  /** Digest of the command's content: the same id with another content is another command. */
  commandDigest: string;
  correlationId: string;
  /** Id of the event a reaction answered. */
  causationId?: string;
  person: string;
  name: string;
  /** When it happened, a date in the authority's time zone. */
  occurredOn: string;
  /** When it was recorded, an instant in UTC. */
  recordedAt: string;
  backdated?: { source: string; reason: string };
}

export interface NewEvent {
  id: string;
  type: string;
  version: number;
  data: Record<string, unknown>;
  metadata: Metadata;
}

export interface StoredEvent extends NewEvent {
  position: number;
  stream: string;
  revision: number;
}

export interface Appended {
  /** Revision and position of the last event of the append. */
  revision: number;
  position: number;
  idempotent: boolean;
}

export interface Slice {
  events: StoredEvent[];
  upTo: number;
}

export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  constructor(
    readonly stream: string,
    readonly expected: Expected,
    /** -1 where the stream does not exist. */
    readonly actual: number,
  ) {
    super(`${stream}: expected revision ${expected}, found ${actual}`);
  }
}

export class IdempotencyConflict extends Error {
  override readonly name = 'IdempotencyConflict';
  constructor(readonly stream: string) {
    super(`${stream}: some of these event ids are stored already, but not as this append`);
  }
}

/** A usage error: nothing was sent to the engine. */
export class InvalidAppend extends Error {
  override readonly name = 'InvalidAppend';
}

/** The store cannot be used as it is; the sentence says why and what to do. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable';
}

const streamName = /^[a-z]+\.[a-z-]+-[A-Za-z0-9._-]{1,200}$/;
const eventMaxBytes = 1_000_000;

/** What every engine would have to check: names, sizes and that the payload can be written, before any I/O. */
export function prepare(stream: string, events: readonly NewEvent[]): { data: string; metadata: string }[] {
  if (!streamName.test(stream)) throw new InvalidAppend(`Not a stream name: ${stream}`);
  if (events.length === 0) throw new InvalidAppend(`${stream}: an append needs at least one event`);
  if (new Set(events.map(event => event.id)).size !== events.length) throw new InvalidAppend(`${stream}: event ids repeat`);
  return events.map(event => {
    const written = { data: JSON.stringify(event.data), metadata: JSON.stringify(event.metadata) };
    if (written.data === undefined || written.data[0] !== '{')
      throw new InvalidAppend(`${stream}: data of ${event.type} is not an object`);
    const bytes = Buffer.byteLength(written.data);
    if (bytes > eventMaxBytes)
      throw new InvalidAppend(`${stream}: ${event.type} is ${bytes} bytes; the limit is ${eventMaxBytes}`);
    return written;
  });
}
