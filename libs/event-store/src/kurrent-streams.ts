import type { KnownStreams } from './kurrent-known.js';
import type { KurrentReads } from './kurrent-reads.js';
import { type Recorded, stored, traceOf } from './kurrent-records.js';
import type { StoredEvent, StreamRead } from './port.js';
import type { Until } from './until.js';

const everything = Number.MAX_SAFE_INTEGER;
/** Where it is not known how many events will be left. */
const scanned = 500;

/** Reads a stream as the port has it: what a deletion took away is not there, and times are the house's own. */
export function kurrentStreamRead(
  reads: KurrentReads,
  streams: KnownStreams,
): (stream: string, options: StreamRead, until: Until) => Promise<StoredEvent[]> {
  /** With its end comes what was deleted, and what the next append will want to know. */
  async function whole(stream: string, until: Until): Promise<Recorded[]> {
    const { events } = await reads.stream(stream, 0, 'forward', everything, until);
    const traces = events.map(traceOf);
    streams.learn(stream, traces);
    const last = traces.at(-1);
    return !last || last.deletes ? [] : events.filter((_, index) => traces[index]!.revision >= last.since);
  }

  async function part(stream: string, options: Required<Omit<StreamRead, 'recordedUntil'>> & StreamRead, until: Until) {
    const { from, to, limit, direction, recordedUntil } = options;
    const [end] = (await reads.stream(stream, 'end', 'backward', 1, until)).events;
    const last = end && traceOf(end);
    if (!last || last.deletes) return [];
    const lowest = Math.max(from, last.since);
    const highest = Math.min(to, last.revision);
    const kept: Recorded[] = [];
    let at = direction === 'forward' ? lowest : highest;
    while (at >= lowest && at <= highest && kept.length < limit) {
      const left = direction === 'forward' ? highest - at + 1 : at - lowest + 1;
      const count = Math.min(left, recordedUntil === undefined ? limit - kept.length : scanned);
      const { events } = await reads.stream(stream, at, direction, count, until);
      if (events.length === 0) break;
      kept.push(...events.filter(event => recordedUntil === undefined || stored(event).metadata.recordedAt <= recordedUntil));
      at += direction === 'forward' ? events.length : -events.length;
    }
    return kept.slice(0, limit);
  }

  return async (stream, options, until) => {
    const { from = 0, to = everything, limit = everything, direction = 'forward', recordedUntil } = options;
    const all = from === 0 && to === everything && limit === everything && direction === 'forward' && recordedUntil === undefined;
    const events = all ? await whole(stream, until) : await part(stream, { ...options, from, to, limit, direction }, until);
    return events.map(stored);
  };
}
