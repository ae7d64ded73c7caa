import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from '#sqlite';
import { storeInThreeProcesses } from './contract/three-processes.js';
import { openSqliteEventStore } from './sqlite-store.js';
import { verifyLog } from './verify.js';

// From dist, where this runs, to the folder beside the source.
const golden = fileURLToPath(new URL('../../../../libs/event-store/golden/', import.meta.url));
const said = JSON.parse(readFileSync(join(golden, 'data-folder-v1.json'), 'utf8')) as {
  events: number;
  head: number;
  streams: number;
  types: Record<string, number>;
};

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-golden-'));
  file = join(folder, 'events.db');
  copyFileSync(join(golden, 'data-folder-v1', 'events.db'), file);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function rows(): Promise<{ version: number; rows: unknown[]; sequence: unknown }> {
  const db = await openDatabase(file, { durability: 'normal', readOnly: true });
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  const found = {
    version,
    rows: db.prepare('SELECT position, stream, revision, id, type, version, data, metadata FROM events ORDER BY position').all(),
    sequence: db.prepare('SELECT * FROM sqlite_sequence').all(),
  };
  db.close();
  return found;
}

const starter = `
  const { openSqliteEventStore } = await import('#event-store');
  const store = await openSqliteEventStore(process.argv[1]);
  process.stdout.write(String(await store.head()));
  await store.close();`;

function start(): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', starter, file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let all = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (all += chunk));
  return new Promise(resolve => child.on('close', () => resolve(all)));
}

describe('event store: SQLite, one process', () => {
  it('ES-62 a folder of schema version 1 is brought up to date once, by whichever of two starters comes first, and keeps every byte', async () => {
    const before = await rows();
    expect(before.version).toBe(1);
    // Whoever came second would stumble over the first one's columns.
    expect(await Promise.all([start(), start()])).toEqual([String(said.head), String(said.head)]);
    const after = await rows();
    expect(after).toEqual({ ...before, version: 2 });
    expect(after.rows).toHaveLength(said.events);
  });

  it('ES-62 ES-57 its hash chain is there and verifies, and its stream heads are those of the log', async () => {
    const store = await openSqliteEventStore(file);
    expect(await verifyLog(store)).toMatchObject({ ok: true, events: said.events, streams: said.streams, position: said.head });
    const counts: Record<string, number> = {};
    for (const { type } of (await store.readAll({ after: 0, limit: 1_000 })).events) counts[type] = (counts[type] ?? 0) + 1;
    expect(counts).toEqual(said.types);
    await store.close();
  });

  it('ES-62 a migration killed at any moment leaves the folder for the next start to bring up to date', async () => {
    const before = await rows();
    for (let ms = 60; ms < 260; ms += 25) {
      copyFileSync(join(golden, 'data-folder-v1', 'events.db'), file);
      const child = spawn(process.execPath, ['--input-type=module', '-e', starter, file], { stdio: 'ignore' });
      setTimeout(() => child.kill('SIGKILL'), ms);
      await new Promise(resolve => child.on('close', resolve));
      expect(await start()).toBe(String(said.head));
      expect(await rows()).toEqual({ ...before, version: 2 });
      for (const rest of ['-wal', '-shm']) rmSync(`${file}${rest}`, { force: true });
    }
  });
});

describe('event store: SQLite, three processes on one file', () => {
  it('ES-62 a folder of schema version 1 is brought up to date once by three that open it at the same time, and keeps every byte', async () => {
    const before = await rows();
    const store = await storeInThreeProcesses(file);
    expect(await rows()).toEqual({ ...before, version: 2 });
    for (let index = 0; index < 3; index++) expect(await store.head()).toBe(said.head);
    expect(await verifyLog(store)).toMatchObject({ ok: true, events: said.events });
    await store.close();
  });
});
