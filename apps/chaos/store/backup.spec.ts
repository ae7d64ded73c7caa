import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eachEvent, openSqliteEventStore, verifyLog } from '#event-store';
import { eventsFile } from '#platform';
import { startWriter } from './kills.js';

const caretaker = fileURLToPath(new URL('../../ops/main.js', import.meta.url));
const enough = 100;
const withinMs = 120_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-chaos-backup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function ops(dataFolder: string, ...args: string[]): Promise<void> {
  const { NODE_OPTIONS: _options, NODE_ENV: _env, MONGODB_URL: _url, ...inherited } = process.env;
  const child = spawn(process.execPath, [caretaker, ...args], {
    env: { ...inherited, GONGKAI_DATA: dataFolder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', chunk => (told += chunk));
  return new Promise((resolve, reject) => {
    child.on('close', code => (code === 0 ? resolve() : reject(new Error(`ops ${args.join(' ')}: ${code}: ${told}`))));
  });
}

/** The hashes stand for all that the events hold: the log was verified. */
async function logOf(dataFolder: string): Promise<{ place: string; command: string }[]> {
  const store = await openSqliteEventStore(eventsFile(dataFolder));
  const log: { place: string; command: string }[] = [];
  for await (const { position, stream, revision, hash, metadata } of eachEvent(store, { after: 0 }))
    log.push({ place: `${position} ${stream} ${revision} ${hash}`, command: metadata.commandId });
  expect((await verifyLog(store)).ok).toBe(true);
  await store.close();
  return log;
}

describe.each([
  ['SQLite, one process', 1],
  ['SQLite, three processes on one file', 3],
])('event store: %s', (_, processes) => {
  it(
    'ES-63 a backup taken under load restores to a beginning of the log, with all that was acknowledged before it began',
    async () => {
      const [house, backup, restored] = ['house', 'backup', 'restored'].map(name => join(folder, name)) as [
        string,
        string,
        string,
      ];
      mkdirSync(dirname(eventsFile(house)), { recursive: true });
      const acknowledged: string[] = [];
      const writers = Array.from({ length: processes }, (_, index) =>
        startWriter(eventsFile(house), { seed: 20130508 + index, death: { afterMs: 0 } }, report => {
          if ('acknowledged' in report) acknowledged.push(report.name);
        }),
      );
      try {
        await Promise.all(writers.map(({ ready }) => ready));
        for (const { go } of writers) go();
        while (acknowledged.length < enough) await new Promise(resolve => setTimeout(resolve, 5));
        const before = [...acknowledged];
        await ops(house, 'store', 'backup', backup);
        const during = acknowledged.length;
        while (acknowledged.length === during) await new Promise(resolve => setTimeout(resolve, 5));
        for (const { child } of writers) child.kill('SIGKILL');
        await Promise.all(writers.map(({ ended }) => ended));

        await ops(restored, 'store', 'restore', backup);
        const [whole, beginning] = [await logOf(house), await logOf(restored)];
        expect(beginning.length).toBeLessThan(whole.length);
        const places = (log: typeof whole) => log.map(({ place }) => place).join('\n');
        expect(places(beginning) === places(whole.slice(0, beginning.length))).toBe(true);
        const there = new Set(beginning.map(({ command }) => command));
        expect(before.filter(name => !there.has(name))).toEqual([]);
      } finally {
        for (const { child } of writers) child.kill('SIGKILL');
      }
    },
    withinMs,
  );
});
