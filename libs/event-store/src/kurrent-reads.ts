import type { Connection } from './kurrent-connection.js';
import { verdictOf, wordsOf } from './kurrent-errors.js';
import type { Library } from './kurrent-library.js';
import { kurrentReadCall, type Wanted } from './kurrent-read-call.js';
import { isHouses, type Recorded } from './kurrent-records.js';
import type { KurrentAddress } from './kurrent-url.js';
import { PositionUnknown, StoreUnavailable } from './port.js';
import type { Until } from './until.js';

/** Part of a stream or of the log, in the order asked for. */
export interface Page {
  events: Recorded[];
  /** There was no more when it was read. */
  atEnd: boolean;
}

export interface KurrentReads {
  /** Up the stream from a revision (inclusive), or down it. @throws StoreUnavailable */
  stream(stream: string, from: number | 'end', direction: Wanted['direction'], limit: number, until: Until): Promise<Page>;
  /** The house's events after a position (exclusive), or after the one before it. @throws StoreUnavailable, PositionUnknown */
  log(after: number, limit: number, bytes: number | undefined, until: Until): Promise<Page>;
  /** Position of the house's last event; 0 where there is none. @throws StoreUnavailable */
  head(until: Until): Promise<number>;
}

const pageMost = 1_000;
const backoffMs = [20, 100, 250, 500];
/** After so many failures in a row it is asked whether the server is there at all. */
const suspicious = 3;

/** Reads in pages, and on after the last event that came where one breaks off, as long as there is time. */
export function kurrentReads(library: Library, connection: Connection, address: KurrentAddress): KurrentReads {
  const call = kurrentReadCall(library, address);

  /**
   * `next`: what is wanted after the last event that came, or at first, when so many calls have failed; nothing where there can be
   * none. `met`: what stands there or before is known already, for a position is inclusive.
   */
  async function read(
    limit: number,
    until: Until,
    next: (last: Recorded | undefined, count: number, failures: number) => Wanted | undefined,
    { met = -1, suspect }: { met?: number; suspect?: (refused: boolean) => Promise<void> } = {},
  ): Promise<Page> {
    const events: Recorded[] = [];
    let last: Recorded | undefined;
    let why: unknown;
    for (let failures = 0; events.length < limit;) {
      const count = Math.min(limit - events.length, pageMost);
      const wanted = next(last, count, failures);
      if (!wanted) return { events, atEnd: true };
      const client = connection.client();
      const { got, failure, cut } = await call(client, wanted, until);
      const fresh = 'position' in wanted && wanted.direction === 'forward' ? (last?.position ?? met) : -1;
      events.push(...got.filter(one => one.position > fresh && isHouses(one.type)));
      // A position is that of an event, so the event is there: if not, the log may end before it.
      if (!last && failure === undefined && !(got[0] && got[0].position - met <= 1)) await suspect?.(false);
      last = got.at(-1) ?? last;
      if (failure === undefined) {
        if (cut && events.length > 0) return { events, atEnd: false };
        if (!cut && got.length < wanted.count) return { events, atEnd: true };
        failures = 0;
        continue;
      }
      // What our own giving up says at the end tells nobody anything.
      if (why === undefined || !until.over()) why = failure;
      const verdict = verdictOf(failure);
      // Tombstoned by another's tool: nothing can be read, as of a stream that was never there.
      if (verdict === 'deleted') return { events, atEnd: true };
      if (verdict === 'denied') throw unavailable(failure);
      if (verdict !== 'not-leader') connection.replace(client);
      if (!last && failures === suspicious) await suspect?.(true);
      const backoff = backoffMs[Math.min(failures++, backoffMs.length - 1)]!;
      // Of what is left most is for trying: the client at hand may be in a long pause of its own, and the next must have its turn.
      await until.pause(Math.max(backoffMs[0]!, Math.min(backoff, until.leftMs() / 4)) * (0.5 + Math.random()));
      if (until.over()) throw unavailable(why);
    }
    return { events, atEnd: false };
  }

  async function head(until: Until): Promise<number> {
    const { events } = await read(1, until, last => ({ position: last?.position ?? 'end', direction: 'backward', count: 1 }));
    return events[0]?.position ?? 0;
  }

  /**
   * To a number that is no position the server answers as it does when it is not ready; beyond its end it finds nothing, and
   * would find what comes later only. What was scavenged by its own means is merely not there. @throws PositionUnknown
   */
  async function suspectPosition(after: number, refused: boolean, until: Until): Promise<void> {
    const end = await head(until).catch(error => {
      if (refused) return undefined;
      throw error;
    });
    if (end === undefined || (!refused && end >= after)) return;
    throw new PositionUnknown(
      `事件库（${address.shown}，末尾 ${end}）没有位置 ${after}：视图属于另一个事件库。请停止服务，删除 views 文件夹后再启动。 / The event store (${address.shown}, head ${end}) has no position ${after}: the views belong to another one. Stop the services, delete the folder views, and start again.`,
    );
  }

  function unavailable(cause: unknown): StoreUnavailable {
    return new StoreUnavailable(
      `KurrentDB（${address.shown}）读不到：${wordsOf(cause)}。 / KurrentDB (${address.shown}) cannot be read: ${wordsOf(cause)}.`,
      { cause },
    );
  }

  return {
    stream(stream, from, direction, limit, until) {
      return read(limit, until, (last, count) => {
        const at = last ? last.revision + (direction === 'forward' ? 1 : -1) : from;
        return at === -1 ? undefined : { stream, from: at, direction, count };
      });
    },
    log(after, limit, bytes, until) {
      const start = Math.max(0, after);
      return read(
        limit,
        until,
        // The server knows positions of its own only; whoever asks for the event at one asks after the number before it.
        (last, count, failures) => ({
          position: last?.position ?? (start > 0 ? start + (failures % 2) : start),
          direction: 'forward',
          count: count + 1,
          bytes,
        }),
        {
          met: start === 0 ? -1 : start,
          ...(start === 0 ? {} : { suspect: (refused: boolean) => suspectPosition(start, refused, until) }),
        },
      );
    },
    head,
  };
}
