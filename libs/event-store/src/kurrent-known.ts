import type { Trace } from './kurrent-records.js';

/** A stream as far as this process has seen it, from its first event on. It may have gone on since; it never changes. */
export interface Known {
  /** -1: no event. */
  revision: number;
  last?: Trace;
  ids: Map<string, Trace>;
}

/** Streams seen lately, so that an append need not read again what never changes. */
export interface KnownStreams {
  get(stream: string): Known | undefined;
  /** The traces follow what is known, or begin at the first event. */
  learn(stream: string, traces: readonly Trace[]): Known;
  /** After an outcome nobody knows, only reading tells. */
  forget(stream: string): void;
}

const idsMost = 50_000;

export function knownStreams(): KnownStreams {
  const streams = new Map<string, Known>();
  let ids = 0;

  function forget(stream: string): void {
    ids -= streams.get(stream)?.ids.size ?? 0;
    streams.delete(stream);
  }

  return {
    get: stream => streams.get(stream),
    learn(stream, traces) {
      const known = streams.get(stream) ?? { revision: -1, ids: new Map<string, Trace>() };
      for (const trace of traces) {
        // A stream cut off at its beginning by the server's own means begins later.
        if (known.last && trace.revision !== known.revision + 1) continue;
        known.revision = trace.revision;
        known.last = trace;
        known.ids.set(trace.id, trace);
        ids += 1;
      }
      // Last in the map: lately used.
      streams.delete(stream);
      streams.set(stream, known);
      for (const oldest of streams.keys()) {
        if (ids <= idsMost || oldest === stream) break;
        forget(oldest);
      }
      return known;
    },
    forget,
  };
}
