import { closeDatabase, lockDatabase, openDatabase } from '#sqlite';
import { KeysUnavailable } from './keys.js';

/**
 * Brings the keys of one file into another, older one, as a restore puts it in place: what is newer wins, so that a destroyed key
 * stays destroyed and one made since is not lost. Afterwards the first file is no longer needed; it must not stay, for nobody
 * would destroy a key in it any more.
 * @throws KeysUnavailable, DatabaseUnusable
 */
export async function carryKeys(from: string, to: string): Promise<void> {
  const source = await lockDatabase(from);
  if (!source) {
    throw new KeysUnavailable(`${from} 正在使用，请先停止服务。 / ${from} is in use; stop the services first.`);
  }
  const target = await openDatabase(to, { durability: 'full' });
  try {
    target.exec('PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE');
    const subject = target.prepare(
      `INSERT INTO subjects (subject, master, wrapped) VALUES (?, ?, ?)
       ON CONFLICT (subject) DO UPDATE SET master = excluded.master, wrapped = excluded.wrapped`,
    );
    for (const row of source.prepare('SELECT subject, master, wrapped FROM subjects').iterate() as Iterable<Row>)
      subject.run(row['subject']!, row['master']!, row['wrapped']!);
    // The house's own secrets never change: only those made since are missing.
    const secret = target.prepare('INSERT INTO secrets (name, master, wrapped) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    for (const row of source.prepare('SELECT name, master, wrapped FROM secrets').iterate() as Iterable<Row>)
      secret.run(row['name']!, row['master']!, row['wrapped']!);
    target.exec('COMMIT');
  } finally {
    closeDatabase(target);
    source.close();
  }
}

type Row = Record<string, string | Uint8Array | null>;
