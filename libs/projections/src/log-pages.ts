import { allKnown, type EventStore, type StoredEvent } from '#event-store';
import { keyOf } from './keys.js';
import type { Projection } from './projection.js';

const pageEvents = 1_000;
/** Streams read one by one: more of them, and one walk over the log is shorter. */
const streamsMax = 200;

export interface Stretch {
  /** Position, exclusive. */
  after: number;
  /** Position, inclusive. */
  upTo: number;
}

/** A stretch of the log, page by page, of all types or of these. Between pages others get their turn: a room answers meanwhile. */
export async function* logPages(
  store: EventStore,
  { after, upTo, types }: Stretch & { types?: readonly string[] },
): AsyncGenerator<readonly StoredEvent[]> {
  for (let from = after; from < upTo;) {
    const slice = await store.readAll({ after: from, limit: pageEvents, ...(types ? { types } : {}) });
    const last = slice.events.at(-1);
    if (last) yield last.position <= upTo ? slice.events : slice.events.filter(({ position }) => position <= upTo);
    if (slice.upTo <= from) return;
    from = slice.upTo;
    await new Promise(resolve => setImmediate(resolve));
  }
}

/**
 * What a projection is given of some keys, in the order of the log.
 * @throws UnknownEvent
 */
export async function* eventsOfKeys(
  store: EventStore,
  projection: Projection,
  keys: ReadonlySet<string>,
  stretch: Stretch,
): AsyncGenerator<StoredEvent> {
  const streams = projection.key ? null : await streamsOf(store, projection, keys, stretch);
  if (streams) return yield* streams;
  for await (const page of logPages(store, { ...stretch, types: projection.events })) {
    for (const event of allKnown(page)) if (keys.has(keyOf(projection, event))) yield event;
  }
}

/** By their streams, where a key is a stream. Null where there are too many, or one was deleted: its events are in the log only. */
async function streamsOf(
  store: EventStore,
  { events: types }: Projection,
  keys: ReadonlySet<string>,
  { after, upTo }: Stretch,
): Promise<StoredEvent[] | null> {
  if (keys.size > streamsMax) return null;
  const found: StoredEvent[] = [];
  for (const stream of keys) {
    for (let from = 0; ;) {
      const page = await store.readStream(stream, { from, limit: pageEvents });
      if (from === 0 && page[0]?.revision !== 0) return null;
      found.push(...page.filter(({ type, position }) => types.includes(type) && position > after && position <= upTo));
      if (page.length < pageEvents) break;
      from = page.at(-1)!.revision + 1;
    }
  }
  return [...allKnown(found)].sort((a, b) => a.position - b.position);
}
