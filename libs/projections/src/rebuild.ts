import type { EventStore } from '#event-store';
import type { Projection, ReadStore } from './projection.js';
import { catchUp } from './runner.js';

export interface Progress {
  position: number;
  head: number;
  events: number;
}

/**
 * Builds the projection anew beside the live one, from the first event, then lets readers see it. The live one answers until
 * then; a cancelled or failed rebuild leaves it untouched.
 */
export async function rebuild(
  store: EventStore,
  readStore: ReadStore,
  projection: Projection,
  options: { progress?: (progress: Progress) => void; signal?: AbortSignal; batch?: number } = {},
): Promise<{ events: number; position: number }> {
  const head = await store.head();
  const generation = await readStore.beginGeneration(projection);
  let events = 0;
  try {
    let built = generation;
    do {
      built = await catchUp(store, readStore, projection, built, {
        batch: options.batch ?? 5000,
        ...(options.signal ? { signal: options.signal } : {}),
        seen: (position, count) => {
          events += count;
          options.progress?.({ position, head: Math.max(head, position), events });
        },
      });
      options.signal?.throwIfAborted();
    } while (!(await readStore.activate(projection, built)));
    return { events, position: built.position };
  } catch (error) {
    await readStore.abandon(projection, generation);
    throw error;
  }
}
