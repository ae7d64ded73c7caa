import type { StoredEvent } from '#event-store';
import type { Projection } from './projection.js';

/** What an event concerns, in the eyes of a projection. */
export function keyOf(projection: Projection, event: StoredEvent): string {
  return projection.key ? projection.key(event) : event.stream;
}

/** The part of `parts` to which a key falls, for ever: FNV-1a over its code units. */
export function partOf(key: string, parts: number): number {
  if (parts === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  // The last characters differ most and reach the low bits only; the high ones decide as well.
  return ((hash ^ (hash >>> 15)) >>> 0) % parts;
}
