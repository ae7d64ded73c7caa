import type { Tally, Verification } from './read-store.js';

/** One more event of this type is accounted for. Changes the tally: it is met once per event. */
export function accountFor(tally: Tally, type: string, position: number): void {
  const entry = (tally[type] ??= { count: 0, sum: 0 });
  entry.count++;
  entry.sum = (entry.sum + mixed(position)) >>> 0;
}

/** What several parts account for together. */
export function sumOf(tallies: readonly Tally[]): Tally {
  const total: Tally = {};
  for (const tally of tallies) {
    for (const [type, { count, sum }] of Object.entries(tally)) {
      const entry = (total[type] ??= { count: 0, sum: 0 });
      entry.count += count;
      entry.sum = (entry.sum + sum) >>> 0;
    }
  }
  return total;
}

export function eventsIn(tally: Tally): number {
  return Object.values(tally).reduce((total, { count }) => total + count, 0);
}

/** Types of which not exactly the stored events were accounted for; with equal counts one was missed and another met twice. */
export function differences(stored: Tally, seen: Tally): Verification['missing'] {
  return [...new Set([...Object.keys(stored), ...Object.keys(seen)])]
    .filter(type => stored[type]?.count !== seen[type]?.count || stored[type]?.sum !== seen[type]?.sum)
    .sort()
    .map(type => ({ type, stored: stored[type]?.count ?? 0, seen: seen[type]?.count ?? 0 }));
}

/** Neighbouring positions come out far apart (the finaliser of MurmurHash3), so that sums of different positions hardly ever agree. */
export function mixed(position: number): number {
  let hash = ((position % 2 ** 32) ^ Math.imul(Math.floor(position / 2 ** 32), 0x9e3779b1)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
