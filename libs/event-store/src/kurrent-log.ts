import type { KurrentReads, Page } from './kurrent-reads.js';
import { stored, traceOf } from './kurrent-records.js';
import { sharedPages } from './kurrent-shared.js';
import { partOf } from './part.js';
import { type LogRead, type Slice, type StoredEvent, StoreUnavailable, type StreamHead } from './port.js';
import { OutOfTime, type Until } from './until.js';

/** What one scan asks for, where a filter may leave little of it. */
const scanned = 500;
const scannedBytes = 4_000_000;

export interface KurrentLog {
  readAll(read: LogRead): Promise<Slice>;
  streamHeads(upTo: number): AsyncIterable<StreamHead>;
}

/**
 * The house's log. Types and streams are chosen here and not by the server, so that a slice reaches exactly as far as events
 * were seen, whoever writes meanwhile. A long search for a rare type takes many pages; each has the time of a call.
 */
export function kurrentLog(reads: KurrentReads, began: () => Until): KurrentLog {
  const pages = sharedPages(after => reads.log(after, scanned, scannedBytes, began()));
  const page = (after: number): Promise<Page> =>
    pages(after, began()).catch(error => {
      if (!(error instanceof OutOfTime)) throw error;
      throw new StoreUnavailable(`The log after ${after} was not read: ${error.message}`, { cause: error });
    });

  return {
    async readAll({ after, limit, bytes, types, streams, part }) {
      const ofTypes = types && new Set(types);
      const wanted = (type: string, stream: string) =>
        (!ofTypes || ofTypes.has(type)) &&
        (!streams || streams.some(prefix => stream.startsWith(prefix))) &&
        (!part || partOf(stream, part.of) === part.part);
      const events: StoredEvent[] = [];
      let upTo = after;
      let sum = 0;
      const enough = () => events.length === limit || sum >= (bytes ?? Infinity);
      while (!enough()) {
        const left = limit - events.length;
        const filtered = types || streams || part;
        const { events: found, atEnd } = filtered ? await page(upTo) : await reads.log(upTo, left, bytes, began());
        for (const recorded of found) {
          upTo = recorded.position;
          if (!wanted(recorded.type, recorded.stream)) continue;
          events.push(stored(recorded));
          sum += recorded.data.length + recorded.metadata.length;
          if (enough()) break;
        }
        if (atEnd) break;
      }
      return { events, upTo, ...(bytes === undefined ? {} : { bytes: sum }) };
    },

    async *streamHeads(upTo) {
      const heads = new Map<string, StreamHead>();
      for (let after = 0; after < upTo;) {
        const { events, atEnd } = await page(after);
        for (const recorded of events) {
          const { stream, position, revision } = recorded;
          if (position > upTo) break;
          heads.set(stream, { stream, revision, hash: traceOf(recorded).hash });
        }
        const last = events.at(-1);
        if (atEnd || !last) break;
        after = last.position;
      }
      yield* [...heads.values()].sort((a, b) => (a.stream < b.stream ? -1 : 1));
    },
  };
}
