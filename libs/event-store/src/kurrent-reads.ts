import type { KurrentDBClient, ResolvedEvent } from '@kurrent/kurrentdb-client';
import type { Connection } from './kurrent-connection.js';
import { verdictOf, wordsOf } from './kurrent-errors.js';
import { houseStreams, numberOf, type Recorded } from './kurrent-records.js';
import type { KurrentAddress } from './kurrent-url.js';
import { StoreUnavailable, StoreUnusable } from './port.js';
import type { Until } from './until.js';

/** Part of a stream or of the log, in the order asked for. */
export interface Page {
  events: Recorded[];
  /** There was no more when it was read. */
  atEnd: boolean;
  /** Why it is less than was asked for, though there may be more. */
  failure?: unknown;
}

export interface KurrentReads {
  /** Up the stream from a revision (inclusive), or down it; down from its end where none is given. @throws StoreUnavailable */
  stream(stream: string, from: number | undefined, direction: Direction, limit: number, until: Until): Promise<Page>;
  /** The house's events after a position (exclusive), as far as they came. @throws StoreUnavailable, StoreUnusable */
  log(after: number, limit: number, until: Until): Promise<Page>;
  /** Position of the house's last event; 0 where there is none. @throws StoreUnavailable */
  head(until: Until): Promise<number>;
}

type Direction = 'forward' | 'backward';
type Events = AsyncIterable<ResolvedEvent>;
type Attempt = (client: KurrentDBClient, last: Recorded | undefined, count: number) => Events;

/** Always with a count: a call that is left before its end is open until garbage is collected. */
const pageMost = 1_000;
const backoffMs = [20, 100, 250, 500];
/** After so many failures in a row it is asked whether the server is there at all. */
const suspicious = 3;

/**
 * Reads in pages, and on after the last event that came where one breaks off. The client knows no deadline for reads, throws
 * away what it had of the last 64 events, and never finds back once its first connection has failed: so it is replaced.
 */
export function kurrentReads(connection: Connection, address: KurrentAddress): KurrentReads {
  const options = {
    requiresLeader: address.requiresLeader,
    ...(address.credentials ? { credentials: address.credentials } : {}),
  };
  const filter = { filterOn: 'streamName', regex: houseStreams, checkpointInterval: 1 } as const;

  async function read(limit: number, until: Until, attempt: Attempt, suspect?: () => Promise<void>): Promise<Page> {
    const events: Recorded[] = [];
    for (let failures = 0; ;) {
      const count = Math.min(limit - events.length, pageMost);
      const client = connection.client();
      const { got, failure } = await collected(attempt(client, events.at(-1), count), until);
      events.push(...got);
      if (failure === undefined) {
        const atEnd = got.length < count;
        if (atEnd || events.length >= limit) return { events, atEnd };
        failures = 0;
        continue;
      }
      const verdict = verdictOf(failure);
      // Tombstoned by another's tool: nothing can be read, as of a stream that was never there.
      if (verdict === 'missing' || verdict === 'deleted') return { events, atEnd: true };
      if (verdict === 'denied') throw unavailable(failure);
      connection.replace(client);
      if (events.length === 0 && failures === suspicious) await suspect?.();
      await until.pause(backoffMs[Math.min(failures++, backoffMs.length - 1)]! * (0.5 + Math.random()));
      if (!until.over()) continue;
      if (events.length === 0) throw unavailable(failure);
      return { events, atEnd: false, failure };
    }
  }

  async function head(until: Until): Promise<number> {
    const { events } = await read(
      1,
      until,
      client => client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1, filter, ...options }) as Events,
    );
    return numberOf(events[0]?.position?.commit ?? 0n);
  }

  /** To a position it never gave the server answers as it does when it is not ready. @throws StoreUnusable */
  async function suspectPosition(after: number, until: Until): Promise<void> {
    const end = await head(until).catch(() => undefined);
    if (end === undefined) return;
    throw new StoreUnusable(
      `事件库（${address.shown}，末尾 ${end}）没有位置 ${after}：视图属于另一个事件库。请停止服务，删除 views 文件夹后再启动。 / The event store (${address.shown}, head ${end}) has no position ${after}: the views belong to another one. Stop the services, delete the folder views, and start again.`,
    );
  }

  function unavailable(cause: unknown): StoreUnavailable {
    return new StoreUnavailable(`KurrentDB (${address.shown}) cannot be read: ${wordsOf(cause)}`, { cause });
  }

  return {
    async stream(stream, from, direction, limit, until) {
      const step = direction === 'forward' ? 1n : -1n;
      const page = await read(limit, until, (client, last, count) => {
        const next = last ? last.revision + step : from === undefined ? undefined : BigInt(from);
        if (next !== undefined && next < 0n) return nothing();
        return client.readStream(stream, {
          direction: direction === 'forward' ? 'forwards' : 'backwards',
          fromRevision: next ?? 'end',
          maxCount: count,
          ...options,
        });
      });
      if (page.failure !== undefined) throw unavailable(page.failure);
      return page;
    },

    log(after, limit, until) {
      const attempt: Attempt = (client, last, count) => {
        const position = last?.position?.commit ?? BigInt(after);
        const forwards = { direction: 'forwards', filter, ...options } as const;
        if (position === 0n) return client.readAll({ ...forwards, fromPosition: 'start', maxCount: count }) as Events;
        // Inclusive: the event at the position comes first.
        const fromPosition = { commit: position, prepare: position };
        return beyond(position, client.readAll({ ...forwards, fromPosition, maxCount: count + 1 }) as Events);
      };
      return read(limit, until, attempt, after === 0 ? undefined : () => suspectPosition(after, until));
    },

    head,
  };
}

/** What came until the end, an error or the deadline. */
async function collected(events: Events, until: Until): Promise<{ got: Recorded[]; failure: unknown | undefined }> {
  const got: Recorded[] = [];
  let given = false;
  const all = (async () => {
    for await (const { event } of events) {
      if (given) return;
      if (event) got.push(event);
    }
  })();
  try {
    await until.race(all);
    return { got, failure: undefined };
  } catch (failure) {
    return { got, failure };
  } finally {
    given = true;
  }
}

async function* beyond(position: bigint, events: Events): Events {
  for await (const resolved of events) if ((resolved.event?.position?.commit ?? 0n) > position) yield resolved;
}

async function* nothing(): Events {}
