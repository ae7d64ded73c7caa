import { spawn } from 'node:child_process';
import { linkSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lockDatabase } from './index.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-sqlite-'));
  file = join(folder, 'a.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const children = new Set<ReturnType<typeof spawn>>();
afterEach(() => children.forEach(child => child.kill('SIGKILL')));

function another(path: string, script: string) {
  const before = `const { openDatabase } = await import('#sqlite'); const db = await openDatabase(process.argv[1], { durability: 'full' });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', before + script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  return {
    child,
    said: new Promise<string>(resolve => child.stdout.once('data', text => resolve(String(text)))),
    exited: new Promise(resolve => child.on('close', resolve)),
  };
}

const make = (path: string, x: number) => another(path, `db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (${x})');`).exited;
/** Says what it reads in the file, and keeps it open. */
const reader = () =>
  another(file, `process.stdout.write(String(db.prepare('SELECT x FROM t').get().x)); setInterval(() => {}, 1000);`);

describe('a file for oneself', () => {
  it('is refused while another process has it open, even idle, and given once that is dead', async () => {
    await make(file, 1);
    const other = reader();
    expect(await other.said).toBe('1');
    expect(await lockDatabase(file)).toBeNull();
    other.child.kill('SIGKILL');
    await other.exited;
    const db = await lockDatabase(join(file));
    expect(db).not.toBeNull();
    db!.close();
  });

  it('keeps others waiting, who then find the file that was put in its place', async () => {
    await make(file, 1);
    await make(join(folder, 'b.db'), 2);
    const db = await lockDatabase(file);
    const other = reader();
    await Promise.race([other.said, new Promise(resolve => setTimeout(resolve, 1_000))]);
    for (const rest of ['-wal', '-shm']) rmSync(`${file}${rest}`, { force: true });
    linkSync(file, join(folder, 'aside.db'));
    renameSync(join(folder, 'b.db'), file);
    db!.exec('PRAGMA locking_mode = NORMAL; SELECT * FROM t');
    db!.close();
    expect(await other.said).toBe('2');
  });
});
