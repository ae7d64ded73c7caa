import type { StoredEvent } from '#event-store';
import type { DocCache } from './doc-cache.js';
import type { Change, Projection } from './projection.js';
import type { ReadStore, Ref } from './read-store.js';

export interface Keyed {
  event: StoredEvent;
  key: string;
  /** Why its key cannot be told, where it cannot: it then fails. */
  keyless?: unknown;
}

/** An event that its projection cannot digest. What the fold holds of documents is void: some may be changed by half. */
export class HandlerFailed extends Error {
  override readonly name = 'HandlerFailed';
  constructor(
    readonly failing: Keyed,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * Applies events in order to the documents of a generation, in the cache, which knows those that changed.
 *
 * A document that holds an event already, or one after it, is left as it is: met again, an event changes nothing.
 * @throws HandlerFailed, and what the store throws
 */
export async function fold(
  readStore: ReadStore,
  projection: Projection,
  at: Ref,
  events: readonly Keyed[],
  cache: DocCache,
): Promise<void> {
  const changes = changesOf(projection, events);
  await load(readStore, projection, at, events, changes, cache);
  for (let index = 0; index < events.length; index++) {
    const { event, key } = events[index]!;
    for (const { collection, id, apply } of changes[index]!) {
      const held = cache.get(collection, id)!;
      if (held.position >= event.position && held.during !== event.position) continue;
      try {
        if (held.key === '') held.key = key;
        else if (held.key !== key) throw new Error(`${collection} ${id} belongs to ${held.key}, not to ${key}`);
        const there = held.doc !== null || held.position > 0;
        held.doc = apply(held.doc);
        // Nothing made of nothing is nothing to write.
        if (held.doc === null && !there) {
          held.key = '';
          continue;
        }
      } catch (error) {
        throw new HandlerFailed(events[index]!, error);
      }
      held.position = held.during = event.position;
      cache.change(held);
    }
  }
}

function changesOf(projection: Projection, events: readonly Keyed[]): (readonly Change[])[] {
  const changes: (readonly Change[])[] = new Array(events.length);
  for (let index = 0; index < events.length; index++) {
    const { event, keyless } = events[index]!;
    try {
      if (keyless) throw keyless;
      changes[index] = projection.project(event);
    } catch (error) {
      throw new HandlerFailed(events[index]!, error);
    }
  }
  return changes;
}

/** What the changes need and the cache has not, in one read a collection. */
async function load(
  readStore: ReadStore,
  projection: Projection,
  at: Ref,
  events: readonly Keyed[],
  changes: readonly (readonly Change[])[],
  cache: DocCache,
): Promise<void> {
  const wanted = new Map<string, Set<string>>();
  for (let index = 0; index < events.length; index++) {
    for (const { collection, id } of changes[index]!) {
      if (cache.get(collection, id)) continue;
      if (!(collection in projection.collections))
        throw new HandlerFailed(events[index]!, new Error(`${projection.name} has no collection ${collection}`));
      let ids = wanted.get(collection);
      if (!ids) wanted.set(collection, (ids = new Set()));
      ids.add(id);
    }
  }
  for (const [collection, ids] of wanted) {
    const found = await readStore.read(projection, at, collection, [...ids]);
    for (const id of ids) cache.load(collection, id, found.get(id));
  }
}
