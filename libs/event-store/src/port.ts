import type { Part } from './part.js';

/**
 * The source of truth. Streams are `<room>.<aggregate>-<id>`; revisions count from 0 in a stream without gaps;
 * positions strictly rise in commit order over the whole log, with gaps allowed. Every call ends: with its result, or with an
 * error once the adapter's deadline has passed.
 */
export interface EventStore {
  readonly capabilities: Capabilities;
  /**
   * Appends all events or none. Event ids come from the command: an append whose ids the stream already holds is answered
   * as it was the first time and stores nothing. Whether it is the same append is judged by the events' `commandDigest`,
   * never by their bytes, which encryption and time change.
   *
   * Deleting a stream is an append too: its last event is of type `streamDeletedType`, see there.
   * @throws WrongExpectedRevision the stream is elsewhere; nothing was stored
   * @throws IdempotencyConflict some of the ids are there, but not as this append; nothing was stored
   * @throws StreamIsDeleted the stream was deleted for good; nothing was stored
   * @throws InvalidAppend, EventTooLarge a mistake of the caller's, before any I/O
   * @throws StoreUnavailable the engine could not be reached or was busy for too long; nothing was stored
   * @throws InDoubt nobody knows whether it was stored: append the same again, with the same ids and expectation
   */
  append(stream: string, events: readonly NewEvent[], expected: Expected, options?: CallOptions): Promise<Appended>;
  /**
   * Appends to several streams, all or nothing, in this order in the log. `checks`: streams that must stand where they are said
   * to, without being written. Only where `capabilities.appendMany`. Errors as `append`'s.
   */
  appendMany(appends: readonly StreamAppend[], checks?: readonly StreamCheck[], options?: CallOptions): Promise<Appended[]>;
  /**
   * A missing or deleted stream is empty. Forward from `from` (inclusive, default 0) to `to` (inclusive), or backward from `to`
   * (inclusive, default the end) to `from`; `recordedUntil` keeps what was recorded at or before that instant.
   * @throws CorruptEvent, StoreUnavailable
   */
  readStream(stream: string, options?: StreamRead): Promise<StoredEvent[]>;
  /**
   * Events after `after` (exclusive), in order, of these types and of streams with one of these prefixes. `upTo` is how far the
   * log was read, also where nothing matched.
   * @throws CorruptEvent, StoreUnavailable
   * @throws PositionUnknown where the engine can tell: `after` is of another log, or of what an older copy does not have
   */
  readAll(options: LogRead): Promise<Slice>;
  /** Position of the last event; 0 for an empty store. */
  head(): Promise<number>;
  /** Where every stream stood at a position, by stream name (in code unit order); for anchors. */
  streamHeads(upTo: number): AsyncIterable<StreamHead>;
  /** Resolves when there may be events after `after`, or the signal aborts. A hint only: read to know. */
  wait(after: number, signal: AbortSignal): Promise<void>;
  /** For verification, where the engine can show more of the log than the port does. */
  audit?(): Audit;
  close(): Promise<void>;
}

export interface Capabilities {
  /** Several streams in one append. */
  appendMany: boolean;
}

export interface CallOptions {
  /** Cancels the waiting; the append is then either stored as a whole or absent, and `InDoubt` says so. */
  signal?: AbortSignal;
}

export interface StreamAppend {
  stream: string;
  events: readonly NewEvent[];
  expected: Expected;
}

export interface StreamCheck {
  stream: string;
  expected: Exclude<Expected, 'any'>;
}

export interface StreamRead {
  from?: number;
  to?: number;
  limit?: number;
  direction?: 'forward' | 'backward';
  /** An instant in UTC, inclusive. */
  recordedUntil?: string;
}

export interface LogRead {
  /** 0, a position of the log, or the number before one. */
  after: number;
  limit: number;
  /** The slice ends with the event that brings it to so many bytes of payload: big events must not fill memory. */
  bytes?: number;
  types?: readonly string[];
  /** Prefixes of stream names, as `catalogue.` or `catalogue.record-`. */
  streams?: readonly string[];
  /** Only streams that fall to this part, by `partOf`. */
  part?: Part;
}

export interface StreamHead {
  stream: string;
  revision: number;
  hash: string;
}

/** The log as an engine keeps it, whether it can be read or not. */
export interface Audit {
  /** Every event after a position, in order. */
  pages(after: number): AsyncIterable<KeptEvent[]>;
  /** Positions leave no holes here, and this was the highest ever given: what is missing was taken away. */
  highestGiven(): Promise<number>;
  /** What is wrong with the files beside their events, in the engine's words. */
  damage(): Promise<string[]>;
}

/** An event with its payloads as text, byte for byte. */
export interface KeptEvent extends Omit<StoredEvent, 'data' | 'metadata' | 'unknown'> {
  data: string;
  metadata: string;
}

/** `none`: the stream must not exist (or be deleted softly); `exists`: it must; a number: exactly this last revision. */
export type Expected = number | 'none' | 'exists' | 'any';

export interface Metadata {
  commandId: string;
  command: string;
  /** Keyed digest of the command's plain content: the same id with another content is another command. */
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
  /** Hash of the event before it in its stream, and its own: see `eventHash`. */
  previousHash: string;
  hash: string;
  /** Of a type or version this program does not know: as stored. Whoever folds stops here, see `UnknownEvent`. */
  unknown?: true;
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
  /** Bytes of payload of these events, where `bytes` was asked. */
  bytes?: number;
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
  override readonly name: string = 'InvalidAppend';
}

export class EventTooLarge extends InvalidAppend {
  override readonly name = 'EventTooLarge';
}

/** The stream was deleted for good: nothing is ever appended to it again. */
export class StreamIsDeleted extends Error {
  override readonly name = 'StreamIsDeleted';
  constructor(readonly stream: string) {
    super(`${stream} was deleted for good`);
  }
}

/** Whether the append was stored is not known. Append the same again, with the same ids and expectation, to know. */
export class InDoubt extends Error {
  override readonly name = 'InDoubt';
}

/** The engine does not answer or is busy; nothing was stored by this call, and it may be tried again. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** What is stored at this place cannot be read as an event. */
export class CorruptEvent extends Error {
  override readonly name = 'CorruptEvent';
  constructor(
    readonly stream: string,
    readonly revision: number,
    readonly position: number,
    cause: unknown,
  ) {
    super(
      `${stream} revision ${revision} (position ${position}) cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** The store cannot be used as it is; the sentence says why and what to do. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable';
}

/** The log has no such position; whoever kept it followed another log. */
export class PositionUnknown extends StoreUnusable {}

/**
 * The event that deletes a stream: data `{kind: 'soft' | 'hard', why}`, the last of its append. Rows never go: after a soft one
 * the stream reads as missing and may begin again, its revisions going on; after a hard one no append is accepted.
 */
export const streamDeletedType = 'StreamDeleted';
