import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from '#sqlite';
import { keysContract, newMaster } from './keys.contract.js';
import { openSqliteKeys } from './sqlite-keys.js';

let folder: string;
const bytes = () => Buffer.concat(readdirSync(join(folder, 'keys')).map(name => readFileSync(join(folder, 'keys', name))));
const newFolder = () => (folder = mkdtempSync(join(tmpdir(), 'gongkai-keys-')));

keysContract('SQLite', async () => {
  newFolder();
  return {
    open: masters => openSqliteKeys(join(folder, 'keys', 'keys.db'), masters),
    bytes: async () => bytes(),
    clean: async () => rmSync(folder, { recursive: true }),
  };
});

describe('the file of keys', () => {
  let file: string;
  const master = newMaster();
  beforeEach(() => {
    file = join(newFolder(), 'keys', 'keys.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function wrappedOf(subjects: readonly string[]): Promise<Buffer[]> {
    const db = await openDatabase(file, { durability: 'normal', readOnly: true });
    const find = db.prepare('SELECT wrapped FROM subjects WHERE subject = ?');
    const found = subjects.map(subject => Buffer.from((find.get(subject) as { wrapped: Uint8Array }).wrapped));
    db.close();
    return found;
  }

  it('can be read by its owner only, and so can what SQLite puts beside it', async () => {
    const keys = await openSqliteKeys(file, [master]);
    await keys.makeKey('p1');
    expect(readdirSync(join(folder, 'keys')).map(name => statSync(join(folder, 'keys', name)).mode & 0o077)).toEqual([0, 0, 0]);
    await keys.close();
  });

  it('holds no byte of a destroyed key, not even wrapped, not in free space nor in the WAL, while others have it open', async () => {
    const subjects = Array.from({ length: 3000 }, (_, index) => `subject-${(index * 7919) % 3000}`);
    const keys = await openSqliteKeys(file, [master]);
    const other = await openSqliteKeys(file, [master]);
    for (const subject of subjects) await keys.makeKey(subject);
    const gone = subjects.filter((_, index) => index % 30 === 0);
    const wrapped = await wrappedOf(gone);
    expect(wrapped.every(one => bytes().includes(one))).toBe(true);
    for (const subject of gone) {
      await keys.destroy(subject);
      await other.keyOf(subject);
    }
    const left = bytes();
    // Any eight bytes of it in a row would be a remainder.
    const remainder = (one: Buffer) => Array.from({ length: one.length - 7 }, (_, at) => one.subarray(at, at + 8));
    expect(wrapped.flatMap(remainder).filter(part => left.includes(part))).toEqual([]);
    await keys.close();
    await other.close();
  });

  it('holds nothing wrapped by the old master key after a rotation', async () => {
    const keys = await openSqliteKeys(file, [master]);
    const subjects = Array.from({ length: 700 }, (_, index) => `p${index}`);
    for (const subject of subjects) await keys.makeKey(subject);
    const wrapped = await wrappedOf(subjects);
    await keys.close();
    const rotated = await openSqliteKeys(file, [newMaster(), master]);
    expect(await rotated.rewrap()).toBe(700);
    const left = bytes();
    expect(wrapped.filter(one => left.includes(one.subarray(0, 16)) || left.includes(one.subarray(-16)))).toEqual([]);
    await rotated.close();
  });

  it('gives one key to several processes that make it at once', async () => {
    const text = (await import('node:crypto')).randomBytes(32).toString('base64');
    const script = `
      const { masterKeysOf, openSqliteKeys } = await import(${JSON.stringify(fileURLToPath(new URL('./index.js', import.meta.url)))});
      const keys = await openSqliteKeys(process.argv[1], masterKeysOf(process.argv[2]));
      const made = [];
      for (let index = 0; index < 40; index++) made.push((await keys.makeKey('p' + index)).export().toString('hex'));
      made.push(Buffer.from(await keys.secret('digests')).toString('hex'));
      await keys.close();
      process.stdout.write(made.join());`;
    const { NODE_OPTIONS: _, ...env } = process.env;
    const outputs = await Promise.all(
      Array.from(
        { length: 4 },
        () =>
          new Promise<string>((resolve, reject) => {
            const child = spawn(process.execPath, ['--input-type=module', '-e', script, file, text], {
              env,
              cwd: fileURLToPath(new URL('../../../..', import.meta.url)),
            });
            let said = '';
            child.stdout.on('data', chunk => (said += chunk));
            child.stderr.on('data', chunk => (said += chunk));
            child.on('close', code => (code === 0 ? resolve(said) : reject(new Error(said))));
          }),
      ),
    );
    expect(outputs[0]!.split(',')).toHaveLength(41);
    expect(new Set(outputs).size).toBe(1);
  });

  it('that is no file of keys is refused with a sentence', async () => {
    newFolder();
    const other = join(folder, 'keys.db');
    writeFileSync(other, 'not a database, but long enough to be taken for one at first sight. '.repeat(20));
    await expect(openSqliteKeys(other, [master])).rejects.toMatchObject({ name: 'DatabaseUnusable' });
    await expect(openSqliteKeys(join(other, 'below', 'keys.db'), [master])).rejects.toMatchObject({ name: 'KeysUnusable' });
  });
});
