import { randomUUID } from 'node:crypto';
import { checkCommit, DELETED, type StreamState } from './commit-check.js';
import { startupEvents, statistics } from './system-events.js';

/** An event as a client sends it. */
export interface Proposed {
  readonly id: string;
  readonly type: string;
  readonly json: boolean;
  readonly data: Buffer;
  readonly metadata: Buffer;
}

/** An event as the log holds it. Commit and prepare position are one number, an offset in bytes. */
export interface Stored extends Proposed {
  readonly stream: string;
  readonly revision: bigint;
  readonly position: number;
  readonly created: Date;
}

export type Expectation = 'any' | 'no_stream' | 'stream_exists' | bigint;

export type Outcome =
  /** `position` is absent where the first result can no longer be read. */
  | { kind: 'written' | 'known'; revision: bigint; position: number | undefined }
  | { kind: 'wrong-expected-version'; current: bigint }
  | { kind: 'stream-deleted' };

/** One stream as a reader sees it. */
export type Readable = { kind: 'missing' } | { kind: 'deleted' } | { kind: 'found'; records: readonly Stored[]; first: number };

export interface Log {
  readonly records: readonly Stored[];
  /** The position the next record gets. */
  head(): number;
  append(stream: string, expected: Expectation, events: readonly Proposed[]): Outcome;
  remove(stream: string, expected: Expectation, forEver: boolean): Outcome;
  open(stream: string): Readable;
  /** The index of the first record at or after a position; absent when the position is inside a record. */
  indexOf(position: number): number | undefined;
  corrupt(stream: string, revision: bigint, data: Buffer): void;
  /** Another log of other records, in their order; positions and revisions are given anew. */
  rewrite(change: (records: readonly Stored[]) => readonly Stored[]): void;
  /** Loses what a restarted server no longer has in memory. */
  forgetIds(): void;
  onCommit(listener: () => void): void;
}

// A new database begins with an epoch record, which no reader sees.
const FIRST_POSITION = 169;
// 8 MiB of ids, the server's bound, is some hundred thousand of them.
const KNOWN_IDS = 100_000;

/** The whole database: one array, never shortened but by `rewrite`. */
export function createLog(options: { now: () => Date; systemEventsEvery: number }): Log {
  const records: Stored[] = [];
  const streams = new Map<string, StreamState>();
  const knownIds = new Map<string, { stream: string; revision: bigint }>();
  const emptyRecords = new Set<number>();
  const listeners: (() => void)[] = [];
  let head = FIRST_POSITION;
  let commits = 0;

  const stateOf = (name: string): StreamState => {
    const state = streams.get(name) ?? { name, records: [], truncateBefore: 0n, tombstoned: false };
    streams.set(name, state);
    return state;
  };
  const decide = (state: StreamState, expected: Expectation, ids: readonly string[]) =>
    checkCommit(state, expected, ids, knownIds, (streams.get(`$$${state.name}`)?.records.length ?? 0) > 0);

  function write(state: StreamState, event: Proposed, revision = BigInt(state.records.length)): Stored {
    const stored: Stored = { ...event, stream: state.name, revision, position: head, created: options.now() };
    head += sizeOf(stored);
    records.push(stored);
    if (revision !== DELETED) state.records.push(stored);
    knownIds.delete(event.id);
    knownIds.set(event.id, { stream: state.name, revision });
    if (knownIds.size > KNOWN_IDS) knownIds.delete(knownIds.keys().next().value ?? '');
    if (state.name.startsWith('$$') && event.type === '$metadata') {
      const truncateBefore = /"\$tb":\s*(\d+)/.exec(event.data.toString())?.[1] ?? '0';
      stateOf(state.name.slice(2)).truncateBefore = BigInt(truncateBefore);
    }
    return stored;
  }
  // An empty append leaves a record without an event.
  function writeNothing(): void {
    emptyRecords.add(head);
    head += 120;
  }
  const writeSystem = (event: { stream: string; type: string; data: string }): Stored =>
    write(stateOf(event.stream), {
      id: randomUUID(),
      type: event.type,
      json: true,
      data: Buffer.from(event.data),
      metadata: Buffer.alloc(0),
    });
  const setTruncateBefore = (state: StreamState, revision: bigint): Stored =>
    writeSystem({ stream: `$$${state.name}`, type: '$metadata', data: `{"$tb":${revision}}` });

  function committed(): void {
    commits += 1;
    if (options.systemEventsEvery > 0 && commits % options.systemEventsEvery === 0) writeSystem(statistics(commits));
    for (const listener of listeners) listener();
  }

  if (options.systemEventsEvery > 0) startupEvents.forEach(writeSystem);

  return {
    records,
    head: () => head,
    append(stream, expected, events) {
      const state = stateOf(stream);
      const decision = decide(
        state,
        expected,
        events.map(event => event.id),
      );
      if (decision.kind === 'known') {
        const event = state.truncateBefore > decision.revision ? undefined : state.records[Number(decision.revision)];
        return { kind: 'known', revision: decision.revision, position: event?.position };
      }
      if (decision.kind !== 'write') return decision;
      const resumesAt = BigInt(state.records.length);
      let position = head;
      if (events.length === 0) writeNothing();
      for (const event of events) position = write(state, event).position;
      const revision = BigInt(state.records.length) - 1n;
      if (decision.undelete) setTruncateBefore(state, resumesAt);
      committed();
      return { kind: 'written', revision, position };
    },
    remove(stream, expected, forEver) {
      const state = stateOf(stream);
      const id = randomUUID();
      const decision = decide(state, expected, [id]);
      if (decision.kind === 'known') throw new Error('A fresh id is never known.');
      if (decision.kind !== 'write') return decision;
      const neverWritten = state.records.length === 0 && !streams.get(`$$${stream}`)?.records.length;
      if (!forEver && neverWritten) return { kind: 'wrong-expected-version', current: -1n };
      const empty = Buffer.alloc(0);
      const tombstone = { id, type: '$streamDeleted', json: false, data: empty, metadata: empty };
      const { position } = forEver ? write(state, tombstone, DELETED) : setTruncateBefore(state, DELETED);
      state.tombstoned = forEver;
      committed();
      return { kind: 'written', revision: BigInt(state.records.length) - 1n, position };
    },
    open(stream) {
      const state = streams.get(stream);
      if (state?.tombstoned) return { kind: 'deleted' };
      if (!state || state.records.length === 0 || state.truncateBefore === DELETED) return { kind: 'missing' };
      return { kind: 'found', records: state.records, first: Number(state.truncateBefore) };
    },
    indexOf(position) {
      if (position === 0) return 0;
      if (position >= head) return records.length;
      let low = 0;
      let high = records.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((records[middle]?.position ?? 0) < position) low = middle + 1;
        else high = middle;
      }
      return records[low]?.position === position || emptyRecords.has(position) ? low : undefined;
    },
    corrupt(stream, revision, data) {
      const state = streams.get(stream);
      const stored = state?.records[Number(revision)];
      if (!state || !stored) throw new Error(`There is no event ${revision} in ${stream}.`);
      const spoilt = { ...stored, data };
      state.records[Number(revision)] = spoilt;
      records[records.indexOf(stored)] = spoilt;
    },
    rewrite(change) {
      const kept = change([...records]);
      for (const all of [streams, knownIds, emptyRecords]) all.clear();
      records.length = 0;
      head = FIRST_POSITION;
      for (const event of kept) write(stateOf(event.stream), event, event.revision === DELETED ? DELETED : undefined);
    },
    forgetIds: () => knownIds.clear(),
    onCommit: listener => void listeners.push(listener),
  };
}

// Framing and header of a record, as near as matters: positions must be sparse and never countable.
function sizeOf(event: Stored): number {
  return 106 + Buffer.byteLength(event.stream) + Buffer.byteLength(event.type) + event.data.length + event.metadata.length;
}
