import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventStore, openSqliteEventStore } from '#event-store';
import { openSqliteViews } from '#projections';
import { openDatabase } from '#sqlite';
import type { Faults } from '../store/ledger.js';
import { atTheEnd } from './end.js';
import { judge, type Said } from './judge.js';
import { appending } from './log.js';

let folder: string;
let views: string;
let store: EventStore;
let said: Said;
const events = 200;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-judge-'));
  views = join(folder, 'views.db');
  store = await openSqliteEventStore(join(folder, 'events.db'));
  await appending(store, 20130420).append(events);
  said = new Map();
  expect(await atTheEndFound()).toEqual({ lost: [], phantom: [], differ: [] });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function atTheEndFound(): Promise<Faults> {
  const faults: Faults = { lost: [], phantom: [], differ: [] };
  await atTheEnd({ views }, store, said, faults);
  return faults;
}

async function found(): Promise<Record<keyof Faults, number>> {
  const faults: Faults = { lost: [], phantom: [], differ: [] };
  const readStore = await openSqliteViews(views);
  await judge(store, readStore, said, faults);
  await readStore.close();
  return { lost: faults.lost.length, phantom: faults.phantom.length, differ: faults.differ.length };
}

async function byForce(sql: string): Promise<void> {
  const db = await openDatabase(views, { durability: 'normal' });
  db.exec(sql);
  db.close();
}

const nothing = { lost: 0, phantom: 0, differ: 0 };
// The second generation of the ledgers is what readers see; the first is kept for a rollback.
const notes = '"ledgers_g2_notes"';
const first = `id = (SELECT min(id) FROM ${notes})`;

describe('what is left of killed processes, held against the log', () => {
  it('is in order where every event is in its documents, or told as left out', async () => {
    expect(await found()).toEqual(nothing);
    const readStore = await openSqliteViews(views);
    const letters = await readStore.deadLetters({ projection: 'ledgers', generation: 2 });
    expect(new Set(letters.map(({ state }) => state))).toEqual(new Set(['parked', 'waiting']));
    const [active] = (await readStore.generations()).filter(
      ({ projection, state }) => projection === 'ledgers' && state === 'active',
    );
    expect(active).toMatchObject({ generation: 2, checkpoints: [{ position: events }] });
    await readStore.close();
  });

  it.each([
    ['whose document is gone', `DELETE FROM ${notes} WHERE ${first}`, { lost: 1 }],
    ['whose removal was forgotten', `UPDATE ${notes} SET doc = NULL WHERE ${first}`, { lost: 1 }],
    ['that never was', `INSERT INTO ${notes} (id, key, position, doc) VALUES ('x', 'x', 1, '{}')`, { phantom: 1 }],
    ['with other bytes', `UPDATE ${notes} SET doc = json_set(doc, '$.number', -1) WHERE ${first}`, { differ: 1 }],
    [
      'applied twice',
      `UPDATE totals_g1_totals SET doc = json_set(doc, '$.count', json_extract(doc, '$.count') + 1)`,
      { differ: 1 },
    ],
    [
      'left out without a word',
      `DELETE FROM dead_letters WHERE generation = 2 AND position = (SELECT max(position) FROM dead_letters)`,
      { lost: 1 },
    ],
    [
      'told as left out that was not',
      `INSERT INTO dead_letters SELECT projection, generation, 1, state, json_set(letter, '$.position', 1)
       FROM dead_letters WHERE generation = 2 LIMIT 1`,
      { phantom: 1 },
    ],
    [
      'not accounted for',
      `UPDATE checkpoints SET tally = json_set(tally, '$.Noted.count', 1) WHERE projection = 'totals'`,
      { differ: 1 },
    ],
    ['of a rebuild that did not verify', `UPDATE generations SET state = 'failed' WHERE state = 'retiring'`, { differ: 1 }],
  ])('shows an event %s', async (_, sql, faults) => {
    await byForce(sql);
    expect(await found()).toEqual({ ...nothing, ...faults });
  });

  it('shows a checkpoint that went back behind what was said, and one that passed events nobody applied', async () => {
    said.set('totals generation 1', events);
    await byForce(`UPDATE checkpoints SET position = position - 1 WHERE projection = 'totals'`);
    expect(await found()).toMatchObject({ lost: 1 });
    said.clear();
    await store.append(
      'chaos.ledger-new',
      [{ ...(await store.readAll({ after: 0, limit: 1 })).events[0]!, id: 'e-new' }],
      'none',
    );
    await byForce(`UPDATE checkpoints SET position = ${events + 1} WHERE projection = 'ledgers' AND generation = 2`);
    // The event's own document, and its stream's.
    expect((await found()).lost).toBe(2);
  });

  it('shows, at the end, what a process that is left alive would not mend', async () => {
    await byForce(`DELETE FROM totals_g1_totals`);
    const { lost, differ } = await atTheEndFound();
    expect(lost).toEqual([expect.stringContaining('totals all is not there')]);
    expect(differ).toEqual([expect.stringContaining('not what their events come to')]);
  });
});
