import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from '#sqlite';
import { event, eventStoreContract } from './event-store.contract.js';
import { openSqliteEventStore } from './index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

eventStoreContract('SQLite, one process', async () => ({
  open: () => openSqliteEventStore(join(folder, 'events.db')),
  clean: async () => {},
}));

const writer = `
  const { openSqliteEventStore } = await import('#event-store');
  const [file, name, count] = process.argv.slice(1);
  const store = await openSqliteEventStore(file);
  const event = index => ({ id: name + '-' + index, type: 'Noted', version: 1, data: {}, metadata: {} });
  for (let index = 0; index < Number(count); index++) await store.append('catalogue.record-shared', [event(index)], 'any');
  await store.close();
`;
function write(file: string, name: string, count: number): Promise<number | null> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer, file, name, String(count)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise(resolve => child.on('exit', resolve));
}

describe('event store: SQLite, several processes on one file', () => {
  it('ES-11 ES-12 ES-37 ES-38 three writers lose nothing, and a tailing reader meets every event in order, none late', async () => {
    const file = join(folder, 'events.db');
    const store = await openSqliteEventStore(file);
    const writers = Promise.all(['a', 'b', 'c'].map(name => write(file, name, 200)));
    const seen: number[] = [];
    const stop = new AbortController();
    while (seen.length < 600) {
      const slice = await store.readAll({ after: seen.at(-1) ?? 0, limit: 50 });
      seen.push(...slice.events.map(one => one.position));
      if (slice.events.length === 0) await store.wait(seen.at(-1) ?? 0, stop.signal);
    }
    expect(await writers).toEqual([0, 0, 0]);
    expect((await store.readAll({ after: 0, limit: 1000 })).events.map(one => one.position)).toEqual(seen);
    expect((await store.readStream('catalogue.record-shared')).map(one => one.revision)).toEqual(
      Array.from({ length: 600 }, (_, index) => index),
    );
    await store.close();
  });

  it('ES-60 a writer killed at any moment leaves whole appends only', async () => {
    const file = join(folder, 'events.db');
    const store = await openSqliteEventStore(file);
    const child = spawn(process.execPath, ['--input-type=module', '-e', writer, file, 'victim', '100000'], { stdio: 'ignore' });
    const exited = new Promise(resolve => child.on('exit', resolve));
    await store.wait(50, new AbortController().signal);
    while ((await store.head()) < 50) await new Promise(resolve => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await exited;
    const events = await store.readStream('catalogue.record-shared');
    expect(events.map(one => one.revision)).toEqual(events.map((_, index) => index));
    expect((await store.append('catalogue.record-after', [event()], 'none')).revision).toBe(0);
    await store.close();
  });
});

describe('event store: SQLite, the file', () => {
  it('ES-54 ES-56 stored events can be neither changed nor deleted', async () => {
    const file = join(folder, 'events.db');
    const store = await openSqliteEventStore(file);
    await store.append('catalogue.record-1', [event()], 'none');
    await store.close();
    const db = await openDatabase(file, { durability: 'full' });
    expect(() => db.exec("UPDATE events SET data = '{}'")).toThrow('never updated');
    expect(() => db.exec('DELETE FROM events')).toThrow('never deleted');
    db.close();
  });

  it('ES-61 a file that is no database, or a folder that cannot be, is one clear sentence', async () => {
    const file = join(folder, 'events.db');
    writeFileSync(file, 'this is not a database, '.repeat(100));
    await expect(openSqliteEventStore(file)).rejects.toMatchObject({
      name: 'DatabaseUnusable',
      message: expect.stringContaining('events.db'),
    });
  });

  it('ES-62 a store of a newer schema is refused', async () => {
    const file = join(folder, 'events.db');
    await (await openSqliteEventStore(file)).close();
    const db = await openDatabase(file, { durability: 'full' });
    db.exec('PRAGMA user_version = 99');
    db.close();
    await expect(openSqliteEventStore(file)).rejects.toMatchObject({ name: 'StoreUnusable' });
  });

  it('ES-62 two starters of a new store do not disturb each other', async () => {
    const file = join(folder, 'events.db');
    const stores = await Promise.all([openSqliteEventStore(file), openSqliteEventStore(file)]);
    for (const store of stores) await store.close();
  });
});
