import { eventHash, noHash } from './chain.js';
import { partOf } from './part.js';
import {
  type Appended,
  type EventStore,
  type Expected,
  IdempotencyConflict,
  InvalidAppend,
  type LogRead,
  type NewEvent,
  type Slice,
  type StoredEvent,
  StoreUnavailable,
  StreamIsDeleted,
  streamDeletedType,
  type StreamAppend,
  type StreamCheck,
  type StreamHead,
  type StreamRead,
  WrongExpectedRevision,
} from './port.js';
import { prepare, prepareChecks, type Prepared } from './prepare.js';

/** The port's meaning in the fewest words: what every adapter is compared with. Not for use: it forgets. */
export function memoryEventStore(log: StoredEvent[] = []): EventStore {
  const waiting = new Set<() => void>();
  const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
  const all = (stream: string) => log.filter(event => event.stream === stream);

  function expect(stream: string, expected: Expected): StoredEvent | undefined {
    const last = all(stream).at(-1);
    const there = last !== undefined && last.type !== streamDeletedType;
    const met =
      expected === 'any' || (expected === 'none' ? !there : expected === 'exists' ? there : last?.revision === expected);
    if (!met) throw new WrongExpectedRevision(stream, expected, last?.revision ?? -1);
    return last;
  }

  function alreadyStored({ stream, events }: Prepared, given: readonly NewEvent[]): Appended | undefined {
    const stored = all(stream);
    const found = events.map(({ id }) => stored.find(event => event.id === id));
    if (found.every(one => one === undefined)) return undefined;
    const first = found[0]?.revision ?? NaN;
    const same = found.every(
      (one, index) => one?.revision === first + index && one.metadata.commandDigest === given[index]!.metadata.commandDigest,
    );
    if (!same) throw new IdempotencyConflict(stream);
    const { revision, position } = found.at(-1)!;
    return { revision, position, idempotent: true };
  }

  function write({ stream, events, expected }: StreamAppend): Appended {
    const prepared = prepare(stream, events, expected);
    const again = alreadyStored(prepared, events);
    if (again) return again;
    const end = all(stream).at(-1);
    if (end?.type === streamDeletedType && end.data['kind'] === 'hard') throw new StreamIsDeleted(stream);
    let last = expect(stream, expected);
    for (const { id, type, version, data, metadata } of prepared.events) {
      const revision = (last?.revision ?? -1) + 1;
      const previousHash = last?.hash ?? noHash;
      const hash = eventHash(previousHash, { stream, revision, id, type, version }, data, metadata);
      const position = log.length + 1;
      last = {
        position,
        stream,
        revision,
        id,
        type,
        version,
        data: JSON.parse(data),
        metadata: JSON.parse(metadata),
        previousHash,
        hash,
      };
      log.push(last);
    }
    return { revision: last!.revision, position: last!.position, idempotent: false };
  }

  return {
    capabilities: { appendMany: true },
    async append(stream, events, expected, options) {
      if (options?.signal?.aborted) throw new StoreUnavailable('The append was cancelled before it began; nothing was stored.');
      const [appended] = await this.appendMany([{ stream, events, expected }]);
      return appended!;
    },
    async appendMany(appends: readonly StreamAppend[], checks: readonly StreamCheck[] = []) {
      if (appends.length === 0) throw new InvalidAppend('An append needs at least one stream');
      for (const { stream, events, expected } of appends) prepare(stream, events, expected);
      prepareChecks(checks);
      const before = log.length;
      try {
        for (const { stream, expected } of checks) expect(stream, expected);
        const appended = appends.map(write);
        for (const done of [...waiting]) done();
        return appended;
      } catch (error) {
        log.length = before;
        throw error;
      }
    },
    async readStream(
      stream,
      { from = 0, to = Infinity, limit = Infinity, direction = 'forward', recordedUntil }: StreamRead = {},
    ) {
      const events = all(stream);
      const deleted = events.findLastIndex(event => event.type === streamDeletedType);
      const found = events
        .slice(deleted + 1)
        .filter(({ revision }) => revision >= from && revision <= to)
        .filter(({ metadata }) => recordedUntil === undefined || metadata.recordedAt <= recordedUntil);
      return copy((direction === 'forward' ? found : found.toReversed()).slice(0, limit));
    },
    async readAll({ after, limit, bytes, types, streams, part }: LogRead): Promise<Slice> {
      const found = log
        .filter(({ position }) => position > after)
        .filter(({ type }) => !types || types.includes(type))
        .filter(({ stream }) => !streams || streams.some(prefix => stream.startsWith(prefix)))
        .filter(({ stream }) => !part || partOf(stream, part.of) === part.part);
      const events: StoredEvent[] = [];
      let sum = 0;
      for (const event of found) {
        if (events.length === limit || sum >= (bytes ?? Infinity)) break;
        events.push(event);
        sum += Buffer.byteLength(JSON.stringify(event.data)) + Buffer.byteLength(JSON.stringify(event.metadata));
      }
      const upTo = events.length < found.length ? (events.at(-1)?.position ?? after) : Math.max(after, log.length);
      return { events: copy(events), upTo, ...(bytes === undefined ? {} : { bytes: sum }) };
    },
    async head() {
      return log.length;
    },
    async *streamHeads(upTo): AsyncIterable<StreamHead> {
      const heads = new Map<string, StreamHead>();
      for (const { position, stream, revision, hash } of log) if (position <= upTo) heads.set(stream, { stream, revision, hash });
      yield* [...heads.values()].sort((a, b) => (a.stream < b.stream ? -1 : 1));
    },
    wait(after, signal) {
      return new Promise(resolve => {
        const done = () => {
          waiting.delete(done);
          resolve();
        };
        if (signal.aborted || log.length > after) return resolve();
        waiting.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    },
    async close() {
      for (const done of [...waiting]) done();
    },
  };
}
