import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventStore, openSqliteEventStore } from '#event-store';
import { censusOf, ofTypes } from './census.js';

describe('A census of the log', () => {
  let folder: string;
  let store: EventStore;
  let read = 0;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gongkai-census-'));
    const opened = await openSqliteEventStore(join(folder, 'events.db'));
    store = Object.assign(Object.create(opened) as EventStore, {
      async readAll(...asked: Parameters<EventStore['readAll']>) {
        const slice = await opened.readAll(...asked);
        read += slice.events.length;
        return slice;
      },
    });
    read = 0;
    for (let index = 1; index <= 30; index++) {
      const event = { id: `e${index}`, type: index % 3 === 0 ? 'Rare' : 'Common', version: 1, data: {}, metadata: {} as never };
      await store.append(`test.fact-${index % 4}`, [event], 'any');
    }
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('counts every type up to exactly a position, in whatever order it is asked', async () => {
    const census = censusOf(store);
    const counts = async (position: number) => {
      const { Common, Rare } = await census.at(position);
      return [Common?.count ?? 0, Rare?.count ?? 0];
    };
    expect(await Promise.all([30, 4, 0, 17].map(counts))).toEqual([
      [20, 10],
      [3, 1],
      [0, 0],
      [12, 5],
    ]);
    expect(await census.at(17)).toEqual(await censusOf(store).at(17));
    expect(ofTypes(await census.at(4), ['Rare', 'Unheard'])).toEqual({ Rare: (await census.at(4))['Rare'] });
  });

  it('counts on from where it was, and reads nothing twice', async () => {
    const census = censusOf(store);
    await census.at(20);
    read = 0;
    await census.at(20);
    expect(read).toBe(0);
    await census.at(30);
    expect(read).toBe(10);
  });
});
