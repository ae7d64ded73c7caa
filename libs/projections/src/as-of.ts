import { dateOn } from '#contracts';
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

/** There is no such place in the log, or no such time. */
export class NoSuchMoment extends Error {
  override readonly name = 'NoSuchMoment';
  constructor(
    readonly zh: string,
    readonly en: string,
  ) {
    super(`${zh} / ${en}`);
  }
}

/**
 * A projection as it was: folded anew from the log into a file of its own, which is deleted on `close`. Live data is not touched.
 * @throws NoSuchMoment; Blocked before an event that cannot be projected, where the projection does not park; the signal's reason
 */
export async function asOf(
  context: Pick<Context, 'store'> & Partial<Context>,
  projection: Projection,
  moment: Moment,
  { signal }: { signal?: AbortSignal } = {},
): Promise<AsOf> {
  const head = await context.store.head();
  const position = 'position' in moment ? placeIn(moment.position, head) : head;
  const store = 'position' in moment ? context.store : only(context.store, isBy(moment));
  const { view, follow, counts, close } = await viewAside({ ...context, store }, projection);
  try {
    await follow(position, signal);
    return { view, position, ...(await counts()), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function placeIn(position: number, head: number): number {
  if (Number.isSafeInteger(position) && position >= 0 && position <= head) return position;
  throw new NoSuchMoment(
    `没有位置 ${position}；日志现在到位置 ${head}。`,
    `There is no position ${position}; the log is at ${head}.`,
  );
}

function isBy(moment: { instant: string } | { date: string }): (event: StoredEvent) => boolean {
  if ('date' in moment) {
    const { success } = dateOn.safeParse(moment.date);
    if (success) return ({ metadata }) => metadata.occurredOn <= moment.date;
    throw new NoSuchMoment(
      `${moment.date} 不是日期，请写成 2013-04-20 的样子。`,
      `${moment.date} is no date; write one like 2013-04-20.`,
    );
  }
  const instant = new Date(moment.instant);
  if (Number.isNaN(instant.getTime()) || !zoned.test(moment.instant)) {
    throw new NoSuchMoment(
      `${moment.instant} 不是带时区的时刻，请写成 2013-04-20T08:00:00+08:00 的样子。`,
      `${moment.instant} is no instant with its zone; write one like 2013-04-20T08:00:00+08:00.`,
    );
  }
  const until = instant.toISOString();
  return ({ metadata }) => metadata.recordedAt <= until;
}
const zoned = /T.*(Z|[+-]\d\d:\d\d)$/;

/** The log as if these events were all there are. */
function only(store: EventStore, wanted: (event: StoredEvent) => boolean): EventStore {
  return Object.assign(Object.create(store) as EventStore, {
    async readAll(options: Parameters<EventStore['readAll']>[0]) {
      const slice = await store.readAll(options);
      return { ...slice, events: slice.events.filter(wanted) };
    },
  });
}
