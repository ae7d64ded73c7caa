import type { EventStore } from '#event-store';
import { logPages } from './log-pages.js';
import type { Tally } from './read-store.js';
import { accountFor } from './tally.js';

/** A count of the log: per type all events up to a position. */
export interface Census {
  /** @throws what the store throws */
  at(position: number): Promise<Tally>;
}

/** Where the log was counted to, kept so that the next question is answered from there: one for every generation asked about. */
const keptMax = 64;

/**
 * Counts by reading everything there is and looking at each event itself: another way than the runners', which ask for their types.
 * What was counted once is kept in memory and counted on.
 */
export function censusOf(store: EventStore): Census {
  const kept = new Map<number, Tally>([[0, {}]]);
  let turn: Promise<unknown> = Promise.resolve();

  async function count(position: number): Promise<Tally> {
    const from = Math.max(...[...kept.keys()].filter(known => known <= position));
    const tally = structuredClone(kept.get(from)!);
    for await (const page of logPages(store, { after: from, upTo: position })) {
      for (const event of page) accountFor(tally, event.type, event.position);
    }
    kept.delete(position);
    kept.set(position, tally);
    for (const known of kept.keys()) if (kept.size > keptMax && known !== 0) kept.delete(known);
    return tally;
  }

  return {
    at(position) {
      // One after the other: two at once would read the same stretch twice.
      const counted = turn.then(() => count(position));
      turn = counted.catch(() => {});
      return counted;
    },
  };
}

/** Of these types alone. */
export function ofTypes(tally: Tally, types: readonly string[]): Tally {
  return Object.fromEntries(types.flatMap(type => (tally[type] ? [[type, tally[type]]] : [])));
}
