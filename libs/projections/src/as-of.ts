import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore, StoredEvent } from '#event-store';
import type { Context } from './context.js';
import { follow } from './follower.js';
import { generationAt, tallyOf } from './generations.js';
import type { Projection, View } from './projection.js';
import { openSqliteViews } from './sqlite-store.js';
import { eventsIn } from './tally.js';

/**
 * `position`: everything up to and with this place in the log. `instant`: what had been recorded by then (UTC, inclusive). `date`: what
 * had happened by the end of that day in the authority's time zone, whenever it was recorded.
 */
export type Moment = { position: number } | { instant: string } | { date: string };

export interface AsOf {
  view: View;
  /** How much of the log it rests on. */
  position: number;
  /** Events it holds. */
  events: number;
  /** Events that could not be projected, and those behind them: what it does not hold. */
  undigested: number;
  /** The view is gone then, and its file. */
  close(): Promise<void>;
}

/**
 * A projection as it was: folded anew from the log into a file of its own, which is deleted on `close`. Live data is not touched.
 * @throws Blocked before an event that cannot be projected, where the projection does not park; the signal's reason
 */
export async function asOf(
  context: Omit<Context, 'readStore'>,
  projection: Projection,
  moment: Moment,
  { signal = new AbortController().signal }: { signal?: AbortSignal } = {},
): Promise<AsOf> {
  const head = await context.store.head();
  const upTo = 'position' in moment ? Math.min(moment.position, head) : head;
  const folder = await mkdtemp(join(tmpdir(), 'gongkai-as-of-'));
  const readStore = await openSqliteViews(join(folder, 'view.db'));
  const close = async () => {
    await readStore.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const made = await readStore.create(projection, { parts: 1, goal: upTo, state: 'building' });
    const inner: Context = { ...context, readStore, store: only(context.store, event => isBy(event, moment)) };
    const follower = follow(inner, projection, made!, { upTo, onBlocked: 'fail' });
    signal.addEventListener('abort', () => void follower.stop(), { once: true });
    await follower.ended;
    signal.throwIfAborted();
    await readStore.finish(projection, made!);
    const letters = await readStore.deadLetters({ states: ['parked', 'waiting', 'skipped'] });
    const held = eventsIn(tallyOf(await generationAt(readStore, made!)));
    return {
      view: readStore.view(projection, made!),
      position: upTo,
      events: held - letters.length,
      undigested: letters.length,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function isBy({ metadata }: StoredEvent, moment: Moment): boolean {
  if ('instant' in moment) return metadata.recordedAt <= moment.instant;
  if ('date' in moment) return metadata.occurredOn <= moment.date;
  return true;
}

/** The log as if these events were all there are. */
function only(store: EventStore, wanted: (event: StoredEvent) => boolean): EventStore {
  return Object.assign(Object.create(store) as EventStore, {
    async readAll(options: Parameters<EventStore['readAll']>[0]) {
      const slice = await store.readAll(options);
      return { ...slice, events: slice.events.filter(wanted) };
    },
  });
}
