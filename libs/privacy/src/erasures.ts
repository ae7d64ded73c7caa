import { type EventStore, type NewEvent, PositionUnknown, type StoredEvent } from '#event-store';
import type { Keys, LogPlace } from './keys.js';

/** The fact that a data subject is to be forgotten: data `{subject, why}`. It comes first, then the key is destroyed. */
export const subjectErasedType = 'SubjectErased';
const pageEvents = 500;

/**
 * Carries out every erasure of the log that is not yet: at every start, after each new one, and after a restore. What was cut
 * short is done again. Returns the subjects whose key was destroyed now.
 */
export async function applyErasures(store: EventStore, keys: Keys): Promise<string[]> {
  const done: string[] = [];
  const reached = await keys.erasedUpTo();
  let after = reached && (await stillThere(store, reached)) ? reached.position : 0;
  let last: StoredEvent | undefined;
  for (const head = await store.head(); after < head;) {
    const { events, upTo } = await store.readAll({ after, limit: pageEvents, types: [subjectErasedType] });
    for (const event of events) {
      const subject = erasedIn(event);
      if ((await keys.keyOf(subject)) !== 'erased') done.push(subject);
      await keys.destroy(subject);
      last = event;
    }
    if (upTo <= after) break;
    after = upTo;
  }
  // Where an engine read up to a position that is nobody's, the last erasure is as good a mark.
  last = (await eventAt(store, after)) ?? last;
  if (last) await keys.setErasedUpTo({ position: last.position, eventId: last.id });
  return done;
}

/**
 * After a restore of an older backup: the erasures made since stand in the log again, as they were. `applyErasures` then carries
 * them out on the keys that came back with it. Returns the subjects whose fact had to be appended again.
 */
export async function reappendErasures(store: EventStore, erasures: readonly StoredEvent[]): Promise<string[]> {
  const appended: string[] = [];
  for (const erasure of erasures) {
    const known = await store.readStream(erasure.stream);
    if (!known.some(event => event.type === subjectErasedType)) {
      const { id, type, version, data, metadata }: NewEvent = erasure;
      await store.append(erasure.stream, [{ id, type, version, data, metadata }], 'any');
      appended.push(erasedIn(erasure));
    }
  }
  return appended;
}

function erasedIn({ data }: StoredEvent): string {
  return data['subject'] as string;
}

async function stillThere(store: EventStore, { position, eventId }: LogPlace): Promise<boolean> {
  return (await eventAt(store, position))?.id === eventId;
}

async function eventAt(store: EventStore, position: number): Promise<StoredEvent | undefined> {
  try {
    const { events } = await store.readAll({ after: position - 1, limit: 1 });
    return events[0]?.position === position ? events[0] : undefined;
  } catch (error) {
    if (error instanceof PositionUnknown) return undefined;
    throw error;
  }
}
