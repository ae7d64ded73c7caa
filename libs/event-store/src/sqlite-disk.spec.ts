import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventOf, uuid } from './contract/fixture.js';
import type { EventStore } from './port.js';
import { openSqliteEventStore } from './sqlite-store.js';
import { verifyLog } from './verify.js';

/*
 * Disks as they are: a small one of memory that fills up and turns read-only, where this process may mount one; and a user who may
 * read only, where this process may become one.
 */
const nobody = 65_534;
const mountable = mayMount();
const becomes = mayBecomeNobody();

let folder: string;
let file: string;
let store: EventStore | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-disk-'));
  file = join(folder, 'events.db');
});
afterEach(async () => {
  await store?.close();
  store = undefined;
  if (mountable) mount('umount', '-l', folder);
  rmSync(folder, { recursive: true, force: true });
});

let ids = 0;
const event = () => eventOf(uuid('disk', ++ids), { data: { text: '公开'.repeat(500) } });
const stream = 'catalogue.record-1';

/** A process of its own: what this one had open stays open to the disk until its statements are collected. */
const working = `
  const { openSqliteEventStore } = await import('#event-store');
  const [file, what, id] = process.argv.slice(1);
  const event = { id, type: 'Noted', version: 1, data: {}, metadata: { commandDigest: 'd' } };
  try {
    const store = await openSqliteEventStore(file, { deadlineMs: 5000 });
    if (what === 'read') console.log('read', (await store.readStream('${stream}')).length);
    else console.log('appended', (await store.append('${stream}', [event], 'any')).revision);
    await store.close();
  } catch (error) {
    console.log(error.name + ': ' + error.message);
    process.exit(1);
  }`;
const refusal = /^(DatabaseUnusable|StoreUnavailable): [^\n]*events\.db[^\n]*只读[^\n]* \/ [^\n]*read-only[^\n]*\n$/;
const asNobody = process.getuid?.() === 0 ? { uid: nobody } : {};

function another(what: 'append' | 'read', as: { uid?: number } = {}): string {
  const args = ['--input-type=module', '-e', working, file, what, `e-${++ids}`];
  const { stdout, stderr } = spawnSync(process.execPath, args, { ...as, encoding: 'utf8' });
  return stdout + stderr;
}

function mount(command: 'mount' | 'umount', ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function mayMount(): boolean {
  const there = mkdtempSync(join(tmpdir(), 'gongkai-mount-'));
  const may = mount('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', there);
  if (may) mount('umount', there);
  rmSync(there, { recursive: true });
  return may;
}

function mayBecomeNobody(): boolean {
  if (process.getuid?.() !== 0) return true;
  const reading = `require('node:fs').readFileSync(${JSON.stringify(fileURLToPath(import.meta.url))})`;
  return spawnSync(process.execPath, ['-e', reading], { uid: nobody, stdio: 'ignore' }).status === 0;
}

const onDisk = mountable ? it : it.skip;
const mounting = mountable ? '' : ' [skipped: this process may not mount a disk]';

describe('event store: SQLite, one process', () => {
  onDisk(
    `ES-61 a disk that is full is told and loses nothing that was acknowledged; the same store goes on once there is room${mounting}`,
    async () => {
      expect(mount('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder)).toBe(true);
      const filler = join(folder, 'filler');
      writeFileSync(filler, Buffer.alloc(500_000));
      store = await openSqliteEventStore(file);
      let acknowledged = 0;
      let refused: Error | undefined;
      while (!refused) {
        try {
          await store.append(stream, [event()], 'any');
          acknowledged += 1;
        } catch (error) {
          refused = error as Error;
        }
      }
      expect(refused).toMatchObject({ name: expect.stringMatching(/^(StoreUnavailable|InDoubt)$/) as unknown });
      expect(refused.message).toMatch(/events\.db (磁盘已满|磁盘读写出错)，[^/]+。 \/ /);
      expect((await store.readStream(stream)).length).toBeGreaterThanOrEqual(acknowledged);
      rmSync(filler);
      expect(await store.append(stream, [event()], 'any')).toMatchObject({ idempotent: false });
      expect(await verifyLog(store)).toMatchObject({ ok: true });
    },
  );

  onDisk(`ES-61 a disk that is read-only is told, and written to again once it may be${mounting}`, async () => {
    expect(mount('mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder)).toBe(true);
    expect(another('append')).toBe('appended 0\n');
    expect(mount('mount', '-o', 'remount,ro', folder)).toBe(true);
    expect(another('append')).toMatch(refusal);
    expect(mount('mount', '-o', 'remount,rw', folder)).toBe(true);
    expect(another('append')).toBe('appended 1\n');
  });

  (becomes ? it : it.skip)(
    `ES-61 a file that may be read only is told, and written to once it may be${becomes ? '' : ' [skipped: another user could not read this program]'}`,
    async () => {
      expect(another('append')).toBe('appended 0\n');
      const allow = (mode: number) => {
        for (const name of readdirSync(folder)) chmodSync(join(folder, name), mode & 0o666);
        chmodSync(folder, mode);
      };
      allow(0o555);
      expect(another('append', asNobody)).toMatch(refusal);
      // While a service holds it open it can be read as well.
      store = await openSqliteEventStore(file);
      expect(await store.readStream(stream)).toHaveLength(1);
      allow(0o555);
      expect(another('read', asNobody)).toBe('read 1\n');
      expect(another('append', asNobody)).toMatch(refusal);
      allow(0o777);
      expect(another('append', asNobody)).toBe('appended 1\n');
    },
  );
});
