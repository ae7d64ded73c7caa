import type { StoredEvent } from '#event-store';
import { keyOf } from './keys.js';
import type { Projection } from './projection.js';
import type { Write } from './read-store.js';

/** Documents by collection and id. One that was removed has `doc` null. */
export type Docs = Map<string, Write>;

/** An event that was digested once cannot be digested again. */
export class RefoldFailed extends Error {
  override readonly name = 'RefoldFailed';
}

/**
 * Folds an event into documents in memory, and returns those it touched. In as few words as can be, and nothing of the runners'
 * own: they are compared with this.
 * @throws RefoldFailed; the documents are then no longer to be used
 */
export function foldInto(docs: Docs, projection: Projection, event: StoredEvent): Write[] {
  try {
    const key = keyOf(projection, event);
    return projection.project(event).map(({ collection, id, apply }) => {
      const doc = apply(docs.get(placeOf(collection, id))?.doc ?? null);
      const write = { collection, id, key, position: event.position, doc };
      docs.set(placeOf(collection, id), write);
      return write;
    });
  } catch (cause) {
    const { position, type, stream, revision } = event;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RefoldFailed(`${projection.name}: ${stream} ${revision} (${type}, position ${position}): ${why}`, { cause });
  }
}

export function placeOf(collection: string, id: string): string {
  return `${collection}\n${id}`;
}

/** Byte for byte: whether the documents read the same as JSON. */
export function sameDoc(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
