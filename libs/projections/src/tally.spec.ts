import { describe, expect, it } from '@jest/globals';
import type { Tally } from './read-store.js';
import { accountFor, differences, eventsIn, mixed, sumOf } from './tally.js';

function tallyOf(...positions: number[]): Tally {
  const tally: Tally = {};
  for (const position of positions) accountFor(tally, 'Noted', position);
  return tally;
}

describe('A tally of events', () => {
  it('is the same in whatever parts and order the events were counted', () => {
    const parts = [tallyOf(5, 1), tallyOf(3, 2 ** 40), tallyOf(4)];
    expect(sumOf(parts)).toEqual(tallyOf(1, 3, 4, 5, 2 ** 40));
    expect(eventsIn(sumOf(parts))).toBe(5);
  });

  it('shows an event that was left out, one that was met twice, and one taken for another', () => {
    const stored = tallyOf(1, 2, 3, 4);
    expect(differences(stored, tallyOf(4, 3, 2, 1))).toEqual([]);
    expect(differences(stored, tallyOf(1, 2, 4))).toEqual([{ type: 'Noted', stored: 4, seen: 3 }]);
    expect(differences(stored, tallyOf(1, 2, 3, 3))).toEqual([{ type: 'Noted', stored: 4, seen: 4 }]);
    expect(differences(stored, {})).toEqual([{ type: 'Noted', stored: 4, seen: 0 }]);
    expect(differences({}, tallyOf(7))).toEqual([{ type: 'Noted', stored: 0, seen: 1 }]);
  });

  it('tells positions apart that differ in few bits, also above 32 of them', () => {
    const found = new Set<number>();
    for (let position = 1; position <= 10_000; position++) found.add(mixed(position)).add(mixed(position * 2 ** 20));
    // 20 000 values out of 2^32: by chance one in twenty such samples would hold one pair.
    expect(found.size).toBeGreaterThan(19_980);
  });
});
