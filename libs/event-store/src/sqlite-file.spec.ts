import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from '#sqlite';
import { eventOf, uuid } from './contract/fixture.js';
import { storeInThreeProcesses } from './contract/three-processes.js';
import type { EventStore } from './port.js';
import { openSqliteEventStore, type SqliteEventStoreOptions } from './sqlite-store.js';
import { schemaVersion } from './sqlite-schema.js';
import type { Fault } from './sqlite-worker.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-store-'));
  file = join(folder, 'events.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let ids = 0;
const event = () => eventOf(uuid('file', ++ids));
const stream = 'catalogue.record-1';

/** Appends three events in one go to a new stream, again and again, and says each acknowledgement; dies where the fault says. */
const victim = `
  const { openSqliteEventStore } = await import('#event-store');
  const [file, fault] = process.argv.slice(1);
  const store = await openSqliteEventStore(file, { fault: JSON.parse(fault) });
  for (let turn = 0; ; turn++) {
    const events = [0, 1, 2].map(index => ({ id: 'e-' + turn + '-' + index, type: 'Noted', version: 1, data: {}, metadata: { commandDigest: 'd' } }));
    await store.append('catalogue.record-' + turn, events, 'none');
    process.stdout.write(turn + '\\n');
  }
`;

async function acknowledgedBeforeDeath(fault: Fault): Promise<number[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', victim, file, JSON.stringify(fault)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  const signal = await new Promise(resolve => child.on('close', (_, signalled) => resolve(signalled)));
  expect(signal).toBe('SIGKILL');
  return said.split('\n').slice(0, -1).map(Number);
}

const opening: [string, (file: string, options?: SqliteEventStoreOptions) => Promise<EventStore>][] = [
  ['SQLite, one process', openSqliteEventStore],
  ['SQLite, three processes on one file', storeInThreeProcesses],
];

describe.each(opening)('event store: %s', (_, open) => {
  it('ES-54 ES-56 stored events are neither changed nor deleted, and no position is given twice even where the guards are removed', async () => {
    const store = await open(file);
    const { position } = await store.append(stream, [event()], 'none');
    await store.close();
    const db = await openDatabase(file, { durability: 'full' });
    expect(() => db.exec("UPDATE events SET data = '{}'")).toThrow('never updated');
    expect(() => db.exec('DELETE FROM events')).toThrow('never deleted');
    db.exec('DROP TRIGGER events_are_never_deleted; DELETE FROM events');
    db.close();
    const again = await open(file);
    expect((await again.append(stream, [event()], 'none')).position).toBeGreaterThan(position);
    await again.close();
  });

  it('ES-61 a file that is no database, or a folder that is none, is told in one sentence, and over once it is gone', async () => {
    writeFileSync(file, 'this is not a database, '.repeat(100));
    await expect(open(file)).rejects.toMatchObject({
      name: 'DatabaseUnusable',
      message: expect.stringMatching(/events\.db 不能用：不是数据库.* \/ .*not a database/) as unknown,
    });
    await expect(open(join(file, 'events.db'))).rejects.toThrow();
    rmSync(file);
    const store = await open(file);
    expect(await store.append(stream, [event()], 'none')).toMatchObject({ revision: 0 });
    await store.close();
  });

  it('ES-61 a torn file is told and not written to', async () => {
    const store = await open(file);
    for (let index = 0; index < 50; index++) await store.append(stream, [event()], 'any');
    await store.close();
    const db = await openDatabase(file, { durability: 'full' });
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4096 * 2, 4096 * 6);
    writeFileSync(file, bytes);
    const torn = await open(file).catch((error: Error) => error);
    if (torn instanceof Error) expect(torn.name).toBe('DatabaseUnusable');
    else {
      await expect(torn.append(stream, [event()], 'any')).rejects.toMatchObject({
        name: 'StoreUnavailable',
        message: expect.stringContaining('损坏') as unknown,
      });
      await torn.close();
    }
  });

  it('ES-61 a full disk is told, leaves the log whole, and is over when there is room again', async () => {
    const full = await open(file, { fault: { maxPages: 30 } });
    let stored = 0;
    let failure: unknown;
    while (!failure) {
      await full.append(stream, [event(), event()], 'any').then(
        () => (stored += 2),
        (error: unknown) => (failure = error),
      );
    }
    expect(failure).toMatchObject({ name: 'StoreUnavailable', message: expect.stringContaining('磁盘已满') as unknown });
    expect(await full.readStream(stream)).toHaveLength(stored);
    await full.close();
    const store = await open(file);
    expect(await store.append(stream, [event()], stored - 1)).toMatchObject({ revision: stored });
    await store.close();
  });

  it('ES-61 a lock held by another is waited for within the deadline, then told, and over when it is let go', async () => {
    const store = await open(file, { deadlineMs: 1_500 });
    await store.append(stream, [event()], 'none');
    const holder = await openDatabase(file, { durability: 'full' });
    holder.exec('BEGIN IMMEDIATE');
    const waiting = event();
    // One after another, so that each of several processes meets it.
    for (let index = 0; index < 3; index++)
      await expect(store.append(stream, [waiting], 0)).rejects.toMatchObject({
        name: 'StoreUnavailable',
        message: expect.stringContaining('锁住') as unknown,
      });
    const patient = store.append(stream, [waiting], 0);
    holder.exec('ROLLBACK');
    expect(await patient).toMatchObject({ revision: 1, idempotent: false });
    holder.close();
    await store.close();
  });

  it('ES-62 a store of a newer schema is refused and left as it is, for the program that wrote it', async () => {
    const before = await open(file);
    await before.append(stream, [event()], 'none');
    await before.close();
    const schema = async (version: number) => {
      const db = await openDatabase(file, { durability: 'full' });
      db.exec(`PRAGMA user_version = ${version}`);
      db.close();
    };
    await schema(99);
    await expect(open(file)).rejects.toMatchObject({
      name: 'StoreUnusable',
      message: expect.stringMatching(/events\.db.*99.*升级.* \/ .*upgrade/) as unknown,
    });
    await schema(schemaVersion);
    const after = await open(file);
    expect(await after.append(stream, [event()], 0)).toMatchObject({ revision: 1 });
    await after.close();
  });

  it('ES-62 of two who start a new store at once neither disturbs the other', async () => {
    const stores = await Promise.all([open(file), open(file)]);
    await Promise.all(stores.map((store, index) => store.append(`${stream}${index}`, [event()], 'none')));
    for (const store of stores) expect((await store.readAll({ after: 0, limit: 9 })).events).toHaveLength(2);
    for (const store of stores) await store.close();
  });
});

describe('event store: SQLite, one process', () => {
  it.each(
    (['before-begin', 'after-begin', 'before-insert', 'after-insert', 'before-commit', 'after-commit'] as const).flatMap(step =>
      (step.endsWith('insert') ? [1, 2, 3, 8] : [1, 3]).map(count => ({ step, count })),
    ),
  )('ES-60 killed at $step, the $count. time: what was acknowledged is there, and appends are whole', async fault => {
    const acknowledged = await acknowledgedBeforeDeath({ ...fault, act: 'kill' });
    const store = await openSqliteEventStore(file);
    const { events } = await store.readAll({ after: 0, limit: 1000 });
    const found = new Set(events.map(one => Number(one.stream.split('-')[1])));
    for (const turn of acknowledged) expect(found).toContain(turn);
    // One append was on its way: it is there as a whole or not at all.
    expect(found.size - acknowledged.length).toBe(fault.step === 'after-commit' ? 1 : 0);
    expect(events).toHaveLength(found.size * 3);
    await store.close();
  });

  it('ES-61 a lock held by another does not keep the event loop from turning', async () => {
    const store = await openSqliteEventStore(file, { deadlineMs: 1_500 });
    await store.append(stream, [event()], 'none');
    const holder = await openDatabase(file, { durability: 'full' });
    holder.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const turning = setInterval(() => turns++, 5);
    await expect(store.append(stream, [event()], 0)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    clearInterval(turning);
    expect(turns).toBeGreaterThan(20);
    holder.close();
    await store.close();
  });

  it('a closed store has all of its log in the one file', async () => {
    const store = await openSqliteEventStore(file);
    await store.append(stream, [event()], 'none');
    await store.readStream(stream);
    await store.close();
    expect(existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0).toBe(0);
  });
});
