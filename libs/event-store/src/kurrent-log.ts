import type { KurrentReads } from './kurrent-reads.js';
import { placeOf, stored, traceOf } from './kurrent-records.js';
import type { LogRead, Slice, StoredEvent, StreamHead } from './port.js';
import type { Until } from './until.js';

/** What one scan asks for at least, where a filter may leave little of it. */
const scanned = 500;

export interface KurrentLog {
  readAll(read: LogRead, began: () => Until): Promise<Slice>;
  streamHeads(upTo: number, began: () => Until): AsyncIterable<StreamHead>;
}

/**
 * The house's log. Types and streams are chosen here and not by the server, so that a slice reaches exactly as far as events
 * were seen, whoever writes meanwhile and however a call ended.
 */
export function kurrentLog(reads: KurrentReads): KurrentLog {
  return {
    async readAll({ after, limit, types, streams }, began) {
      const ofTypes = types && new Set(types);
      const until = began();
      const wanted = (type: string, stream: string) =>
        (!ofTypes || ofTypes.has(type)) && (!streams || streams.some(prefix => stream.startsWith(prefix)));
      const events: StoredEvent[] = [];
      let upTo = after;
      while (events.length < limit) {
        const left = limit - events.length;
        const { events: found, atEnd } = await reads.log(upTo, types || streams ? Math.max(left, scanned) : left, until);
        for (const recorded of found) {
          const { position, type, stream } = placeOf(recorded);
          if (wanted(type, stream)) events.push(stored(recorded));
          upTo = position;
          if (events.length === limit) break;
        }
        // Late, but further than before: the next slice begins there.
        if (atEnd || until.over()) break;
      }
      return { events, upTo };
    },

    async *streamHeads(upTo, began) {
      const heads = new Map<string, StreamHead>();
      for (let after = 0; after < upTo;) {
        const { events, atEnd } = await reads.log(after, scanned, began());
        for (const recorded of events) {
          const { stream, position, revision } = placeOf(recorded);
          if (position > upTo) break;
          heads.set(stream, { stream, revision, hash: traceOf(recorded).hash });
        }
        const last = events.at(-1);
        if (atEnd || !last) break;
        after = placeOf(last).position;
      }
      yield* [...heads.values()].sort((a, b) => (a.stream < b.stream ? -1 : 1));
    },
  };
}
