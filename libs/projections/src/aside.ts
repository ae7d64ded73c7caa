import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from './context.js';
import { follow } from './follower.js';
import { generationAt, tallyOf } from './generations.js';
import type { Projection, View } from './projection.js';
import { openSqliteViews } from './sqlite-store.js';
import { eventsIn } from './tally.js';

/** A view of its own, in a file that nobody else knows. */
export interface Aside {
  view: View;
  /**
   * Brings it to a position, or to the head. @throws Blocked before an event that cannot be projected, where the projection does not
   * park; the signal's reason
   */
  follow(upTo?: number, signal?: AbortSignal): Promise<void>;
  /** Events it holds, and those it could not digest or that wait behind such a one. */
  counts(): Promise<{ events: number; undigested: number }>;
  /** The view is gone then, and its file. */
  close(): Promise<void>;
}

/** Where an event cannot be projected is told by who asks, and so is how long it takes. */
const quiet = { owner: 'aside', leaseMs: 60_000, now: () => new Date(), log: { info: () => {}, error: () => {} } };

/** A projection folded from the log beside everything: live data is not touched. */
export async function viewAside(
  { store, ...more }: Pick<Context, 'store'> & Partial<Context>,
  projection: Projection,
): Promise<Aside> {
  const folder = await mkdtemp(join(tmpdir(), `gongkai-aside-${process.pid}-`));
  const readStore = await openSqliteViews(join(folder, 'view.db'));
  const context: Context = { ...quiet, ...more, store, readStore };
  const at = (await readStore.create(projection, { parts: 1, goal: 0, state: 'building' }))!;
  return {
    view: readStore.view(projection, at),
    async follow(upTo, signal) {
      signal?.throwIfAborted();
      const follower = follow(context, projection, at, { upTo: upTo ?? (await store.head()), onBlocked: 'fail' });
      const stop = () => void follower.stop();
      signal?.addEventListener('abort', stop, { once: true });
      try {
        await follower.ended;
      } finally {
        signal?.removeEventListener('abort', stop);
      }
      signal?.throwIfAborted();
      await readStore.finish(projection, at);
    },
    async counts() {
      const undigested = (await readStore.deadLetters({ states: ['parked', 'waiting', 'skipped'] })).length;
      return { events: eventsIn(tallyOf(await generationAt(readStore, at))) - undigested, undigested };
    },
    async close() {
      await readStore.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
