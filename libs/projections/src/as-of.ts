import type { EventStore, StoredEvent } from '#event-store';
import { viewAside } from './aside.js';
import type { Context } from './context.js';
import type { Projection, View } from './projection.js';

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
  context: Pick<Context, 'store'> & Partial<Context>,
  projection: Projection,
  moment: Moment,
  { signal }: { signal?: AbortSignal } = {},
): Promise<AsOf> {
  const head = await context.store.head();
  const position = 'position' in moment ? Math.min(moment.position, head) : head;
  const store = 'position' in moment ? context.store : only(context.store, event => isBy(event, moment));
  const { view, follow, counts, close } = await viewAside({ ...context, store }, projection);
  try {
    await follow(position, signal);
    return { view, position, ...(await counts()), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function isBy({ metadata }: StoredEvent, moment: { instant: string } | { date: string }): boolean {
  return 'instant' in moment ? metadata.recordedAt <= moment.instant : metadata.occurredOn <= moment.date;
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
