import { setImmediate } from 'node:timers/promises';
import { type Audit, CorruptEvent, type EventStore, type KeptEvent } from './port.js';

/** What stands where no event can be read. */
export interface Unreadable {
  position: number;
  stream: string;
  revision: number;
  why: string;
}

/** A log that can be walked: a store, or a file that nobody writes. */
export type Walkable = { audit(): Audit } | Pick<EventStore, 'readAll' | 'audit'>;

const pageEvents = 500;

/**
 * The log in order, up to a position, payloads as text: as the engine keeps them, or, where it does not say, as they were written,
 * since writing what was parsed gives the same text again. What cannot be read is told and passed over.
 */
export async function* keptEvents(log: Walkable, upTo: number): AsyncGenerator<(KeptEvent | Unreadable)[]> {
  const pages = log.audit?.().pages(0) ?? readPages(log as EventStore);
  for await (const page of pages) {
    const within = page.filter(({ position }) => position <= upTo);
    if (within.length > 0) yield within;
    if (within.length < page.length) return;
    // A room that takes an anchor goes on answering meanwhile.
    await setImmediate();
  }
}

async function* readPages(store: EventStore): AsyncGenerator<(KeptEvent | Unreadable)[]> {
  for (let after = 0, limit = pageEvents; ;) {
    try {
      const { events, upTo } = await store.readAll({ after, limit });
      if (events.length > 0) yield events.map(asText);
      if (events.length < limit) return;
      after = upTo;
    } catch (error) {
      if (!(error instanceof CorruptEvent)) throw error;
      // One by one up to it: a page that holds it gives none of its neighbours.
      if (limit > 1) limit = 1;
      else {
        const { stream, revision, position, message } = error;
        yield [{ stream, revision, position, why: message }];
        after = position;
        limit = pageEvents;
      }
    }
  }
}

function asText({
  data,
  metadata,
  unknown: _,
  ...event
}: Awaited<ReturnType<EventStore['readAll']>>['events'][number]): KeptEvent {
  return { ...event, data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
}
