import type { Connection } from './kurrent-connection.js';
import { houseStreams, isHouses, numberOf } from './kurrent-records.js';
import type { KurrentAddress } from './kurrent-url.js';
import { untilDeadline } from './until.js';

/** Wakes those who wait for events. Only a hint: they read to know. */
export interface Wake {
  wait(after: number, signal: AbortSignal): Promise<void>;
  /** There is an event at this position. */
  saw(position: number): void;
}

const backoffMs = [0, 100, 500, 2_000, 5_000];
/** A subscription that lived so long was a good one. */
const goodMs = 10_000;
/** How often the head of the log is looked at besides. */
const lookMs = 1_000;
/** The server tells how far it has looked after so many pages without a match; nobody listens. */
const checkpointInterval = 1_000;

/**
 * One subscription for all who wait, from the end of the log. It is dropped for a burst of a hundred events, and is never taken up
 * again by the client itself: each ends with everybody looking, and the next one begins with it, so that nothing passes unseen
 * between the two.
 */
export function kurrentWake(
  connect: () => Connection,
  address: KurrentAddress,
  head: () => Promise<number>,
  deadlineMs: number,
  closing: AbortSignal,
): Wake {
  const waiting = new Map<() => void, number>();
  let seen = 0;
  let following = false;

  function wake(upTo: number): void {
    for (const [done, after] of [...waiting]) if (after < upTo) done();
  }
  function saw(position: number): void {
    seen = Math.max(seen, position);
    wake(seen);
  }

  /** Lives as long as the subscription does. */
  async function subscription(connection: Connection): Promise<void> {
    const followed = connection.client().subscribeToAll({
      fromPosition: 'end',
      filter: { filterOn: 'streamName', regex: houseStreams, checkpointInterval },
      requiresLeader: address.requiresLeader,
      ...(address.credentials ? { credentials: address.credentials } : {}),
    });
    await new Promise<void>(resolve => {
      const ended = () => {
        clearTimeout(unconfirmed);
        closing.removeEventListener('abort', ended);
        resolve();
      };
      // Beyond a hundred calls on one connection a server confirms nothing and says nothing.
      const unconfirmed = setTimeout(ended, deadlineMs);
      followed.on('confirmation', () => {
        clearTimeout(unconfirmed);
        wake(Infinity);
      });
      followed.on('data', ({ event }) => event && isHouses(event.type) && saw(numberOf(event.position.commit)));
      for (const end of ['error', 'end', 'close']) followed.on(end, ended);
      closing.addEventListener('abort', ended, { once: true });
    });
  }

  /** Should a subscription be silent without an end. */
  async function look(): Promise<void> {
    while (!closing.aborted) {
      await untilDeadline(lookMs, closing).pause(lookMs);
      if (waiting.size > 0 && !closing.aborted) await head().then(saw, () => {});
    }
  }

  async function follow(): Promise<void> {
    following = true;
    void look();
    for (let failures = 0; !closing.aborted; failures++) {
      const connection = connect();
      const began = performance.now();
      await subscription(connection).catch(() => {});
      await connection.close();
      wake(Infinity);
      if (performance.now() - began > goodMs) failures = 0;
      const backMs = backoffMs[Math.min(failures, backoffMs.length - 1)]! * (0.5 + Math.random());
      await untilDeadline(backMs, closing).pause(backMs);
    }
  }

  return {
    saw,
    wait: (after, signal) =>
      new Promise(resolve => {
        if (signal.aborted || closing.aborted || seen > after) return resolve();
        const done = () => {
          waiting.delete(done);
          signal.removeEventListener('abort', done);
          closing.removeEventListener('abort', done);
          resolve();
        };
        waiting.set(done, after);
        signal.addEventListener('abort', done, { once: true });
        closing.addEventListener('abort', done, { once: true });
        if (!following) void follow();
      }),
  };
}
