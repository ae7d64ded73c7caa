import type { Part, StoredEvent } from '#event-store';
import type { Projection } from './projection.js';

/** What an event concerns, in the eyes of a projection. */
export function keyOf(projection: Projection, event: StoredEvent): string {
  return projection.key ? projection.key(event) : event.stream;
}

/** Which of `parts` followers has an event is known by its stream's name alone: then no other need read it. */
export function partOfLog({ key }: Projection, part: number, parts: number): { part?: Part } {
  return key || parts === 1 ? {} : { part: { part, of: parts } };
}
