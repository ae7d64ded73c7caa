import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Appended, type EventStore, openSqliteEventStore } from '#event-store';
import { openDatabase } from '#sqlite';
import { type Faults, Ledger } from './ledger.js';
import { type Attempt, callerOf } from './work.js';

let folder: string;
let file: string;
let store: EventStore;
let faults: Faults;
let ledger: Ledger;
let next: () => Attempt;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-ledger-'));
  file = join(folder, 'events.db');
  store = await openSqliteEventStore(file);
  faults = { lost: [], phantom: [], differ: [] };
  ledger = new Ledger(file, faults);
  const caller = callerOf(1, 1);
  next = () => {
    // To one stream of its own, so that what is refused is refused wrongly.
    for (;;) {
      const { attempt, stored } = caller(3);
      if (attempt.contended) continue;
      stored();
      return attempt;
    }
  };
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function append({ appends }: Attempt): Promise<Appended[]> {
  const [only] = appends;
  return [await store.append(only!.stream, only!.events, only!.expected)];
}

async function found(): Promise<Record<keyof Faults, number>> {
  await ledger.look();
  await ledger.checkAll();
  return { lost: faults.lost.length, phantom: faults.phantom.length, differ: faults.differ.length };
}

async function byForce(sql: string): Promise<void> {
  const db = await openDatabase(file, { durability: 'full' });
  db.exec(`DROP TRIGGER events_are_never_updated; DROP TRIGGER events_are_never_deleted; ${sql}`);
  db.close();
}

describe('what killed writers were told, held against what is there', () => {
  it('is in order where it was told as it is, or not told at all', async () => {
    for (const heard of [true, true, false]) {
      const attempt = next();
      ledger.note({ attempt });
      const acknowledged = await append(attempt);
      if (heard) ledger.note({ name: attempt.name, acknowledged });
    }
    ledger.note({ attempt: next() });
    expect(await found()).toEqual({ lost: 0, phantom: 0, differ: 0 });
  });

  it('shows what was acknowledged and is not there', async () => {
    const attempt = next();
    ledger.note({ attempt });
    ledger.note({ name: attempt.name, acknowledged: [{ revision: 2, position: 3, idempotent: false }] });
    expect(await found()).toMatchObject({ lost: 1, phantom: 0 });
  });

  it('shows what is gone that was there', async () => {
    const attempt = next();
    ledger.note({ attempt });
    ledger.note({ name: attempt.name, acknowledged: await append(attempt) });
    await ledger.look();
    ledger.entries.clear();
    await byForce('DELETE FROM events WHERE position = 2');
    expect(await found()).toMatchObject({ lost: 1 });
  });

  it('shows what is there though nobody attempted it, or though its caller was refused', async () => {
    await append(next());
    expect(await found()).toMatchObject({ lost: 0, phantom: 3 });
    const attempt = next();
    ledger.note({ attempt });
    await append(attempt);
    ledger.note({ name: attempt.name, refused: 'StoreUnavailable' });
    expect(await found()).toMatchObject({ lost: 0, phantom: 4 });
  });

  it.each([
    ['in part', 'DELETE FROM events WHERE position = 3'],
    ['with other bytes', `UPDATE events SET data = '{}' WHERE position = 2`],
    ['out of its chain', `UPDATE events SET previous_hash = hash WHERE position = 1`],
  ])('shows what is there %s', async (_, sql) => {
    const attempt = next();
    ledger.note({ attempt });
    await append(attempt);
    await byForce(sql);
    expect(await found()).toMatchObject({ lost: 0, phantom: 0, differ: expect.any(Number) as unknown });
    expect(faults.differ).not.toEqual([]);
  });

  it('shows what is there in another place than was acknowledged', async () => {
    const attempt = next();
    ledger.note({ attempt });
    const [{ revision, position }] = (await append(attempt)) as [Appended];
    ledger.note({ name: attempt.name, acknowledged: [{ revision, position: position + 1, idempotent: false }] });
    expect(await found()).toEqual({ lost: 0, phantom: 0, differ: 1 });
  });
});
