import { closeDatabase, type Database, lockDatabase, openDatabase } from '#sqlite';
import { KeysUnavailable } from './keys.js';

/**
 * What one file of keys is to another, older one. `successor`: what it became. `anew`: made after a loss, since it lacks a subject of
 * the older one. `nobodys`: it knows no data subject.
 */
export type Kinship = 'successor' | 'anew' | 'nobodys';

/**
 * Brings the keys of one file into another, older one, as a restore puts it in place: of a subject in both the newer wins, so that a
 * destroyed key stays destroyed; what is in one only stays. Afterwards the first file is no longer needed; it must not stay, for
 * nobody would destroy a key in it any more. `unlessNobodys`: a file without subjects is left alone.
 * @throws KeysUnavailable, DatabaseUnusable
 */
export async function carryKeys(from: string, to: string, { unlessNobodys = false } = {}): Promise<Kinship> {
  const source = await lockDatabase(from);
  if (!source) {
    throw new KeysUnavailable(`${from} 正在使用，请先停止服务。 / ${from} is in use; stop the services first.`);
  }
  try {
    if (source.prepare('SELECT 1 FROM subjects LIMIT 1').get() === undefined && unlessNobodys) return 'nobodys';
    const target = await openDatabase(to, { durability: 'full' });
    try {
      target.exec('PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE');
      const kinship = holdsEachOf(source, target) ? 'successor' : 'anew';
      const newer = (table: string, id: string) =>
        `INSERT INTO ${table} (${id}, master, wrapped) VALUES (?, ?, ?)
         ON CONFLICT (${id}) DO UPDATE SET master = excluded.master, wrapped = excluded.wrapped`;
      copy(source, 'SELECT subject AS id, master, wrapped FROM subjects', target, newer('subjects', 'subject'));
      // A successor has the same secrets, perhaps under a later master key; of one made anew the older ones are the house's own.
      const older = 'INSERT INTO secrets (name, master, wrapped) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
      const secrets = kinship === 'successor' ? newer('secrets', 'name') : older;
      copy(source, 'SELECT name AS id, master, wrapped FROM secrets', target, secrets);
      target.exec('COMMIT');
      return kinship;
    } finally {
      closeDatabase(target);
    }
  } finally {
    source.close();
  }
}

function holdsEachOf(one: Database, other: Database): boolean {
  const known = one.prepare('SELECT 1 FROM subjects WHERE subject = ?');
  for (const { subject } of other.prepare('SELECT subject FROM subjects').iterate() as Iterable<Row>)
    if (known.get(subject!) === undefined) return false;
  return true;
}

function copy(source: Database, select: string, target: Database, insert: string): void {
  const into = target.prepare(insert);
  for (const { id, master, wrapped } of source.prepare(select).iterate() as Iterable<Row>) into.run(id!, master!, wrapped!);
}

type Row = Record<string, string | Uint8Array | null>;
