import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Database, openDatabase, retryWhileBusy } from '#sqlite';
import { type Keys, KeysUnavailable, KeysUnusable, SubjectIsErased } from './keys.js';
import { type MasterKey, masterNamed, refuseUnknownMaster, unwrap, wrap } from './master-key.js';

const schemaVersion = 1;
const keyBytes = 32;
const scrubWithinMs = 30_000;
const scrubAgainMs = 20;

/* What is erased keeps its row: nobody is to get a second key under the same name. */
const schema = `
  CREATE TABLE subjects (
    subject TEXT PRIMARY KEY,
    master TEXT,
    wrapped BLOB,
    CHECK ((master IS NULL) = (wrapped IS NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX subjects_by_master ON subjects (master);
  CREATE TABLE secrets (name TEXT PRIMARY KEY, master TEXT NOT NULL, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE erased_up_to (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, event_id TEXT NOT NULL) STRICT;
`;

interface Wrapped {
  master: string | null;
  wrapped: Uint8Array | null;
}

/**
 * The embedded adapter: a file of its own, readable by its owner only, for several processes of one machine. What is overwritten
 * in it is overwritten with zeros, and its WAL is cut to nothing after each destruction.
 * @throws KeysUnusable where none of the master keys opens what is in it, DatabaseUnusable
 */
export async function openSqliteKeys(file: string, masters: readonly MasterKey[]): Promise<Keys> {
  makePrivate(file);
  const db = await openDatabase(file, { durability: 'full' });
  try {
    db.exec('PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;');
    await retryWhileBusy(() => migrate(db, file));
    await retryWhileBusy(() =>
      refuseUnknownMaster(
        mastersUsed(db).map(({ master }) => master),
        masters,
        file,
      ),
    );
    // Whoever was killed between a destruction and the cut left the rest to the next one.
    truncateWal(db);
    return keysIn(db, masters);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Made before SQLite does it: the files beside it take over its mode. */
function makePrivate(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new KeysUnusable(
      `密钥文件 ${file} 不能用（${why}），请检查其所有者和权限。 / The file of keys ${file} cannot be used (${why}); check its owner and mode.`,
      { cause: error },
    );
  }
}

function keysIn(db: Database, masters: readonly MasterKey[]): Keys {
  const [current] = masters as readonly [MasterKey, ...MasterKey[]];
  const select = {
    subjects: db.prepare('SELECT master, wrapped FROM subjects WHERE subject = ?'),
    secrets: db.prepare('SELECT master, wrapped FROM secrets WHERE name = ?'),
  };
  const insert = {
    subjects: db.prepare('INSERT INTO subjects (subject, master, wrapped) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    secrets: db.prepare('INSERT INTO secrets (name, master, wrapped) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
  };
  const erase = db.prepare(
    'INSERT INTO subjects (subject) VALUES (?) ON CONFLICT (subject) DO UPDATE SET master = NULL, wrapped = NULL',
  );
  type Table = keyof typeof select;

  const find = (table: Table, name: string) => retryWhileBusy(() => select[table].get(name) as unknown as Wrapped | undefined);
  const open = (table: Table, name: string, { master, wrapped }: Wrapped): Buffer =>
    unwrap(masterNamed(masters, master!), `${table}:${name}`, wrapped!);

  /** What is there, else what `make` makes; of several at once the first one's is everybody's. */
  async function findOrMake(table: Table, name: string, make: () => Uint8Array): Promise<Buffer | 'erased'> {
    let found = await find(table, name);
    if (!found) {
      const wrapped = wrap(current, `${table}:${name}`, make());
      await retryWhileBusy(() => insert[table].run(name, current.id, wrapped));
      found = (await find(table, name))!;
    }
    return found.wrapped === null ? 'erased' : open(table, name, found);
  }

  return {
    async keyOf(subject): Promise<KeyObject | 'erased' | 'none'> {
      const found = await find('subjects', subject);
      if (!found) return 'none';
      return found.wrapped === null ? 'erased' : createSecretKey(open('subjects', subject, found));
    },

    async makeKey(subject) {
      const made = await findOrMake('subjects', subject, () => randomBytes(keyBytes));
      if (made === 'erased') throw new SubjectIsErased(subject);
      return createSecretKey(made);
    },

    async destroy(subject) {
      await retryWhileBusy(() => erase.run(subject));
      for (const until = performance.now() + scrubWithinMs; !truncateWal(db);) {
        if (performance.now() > until) {
          throw new KeysUnavailable(
            '密钥已销毁，但密钥文件一直被占用，旧字节尚未清除，请再执行一次。 / The key is destroyed, but its file was busy and old bytes are still in it; do it again.',
          );
        }
        await new Promise(resolve => setTimeout(resolve, scrubAgainMs));
      }
    },

    async erasedUpTo() {
      const found = await retryWhileBusy(
        () =>
          db.prepare('SELECT position, event_id AS eventId FROM erased_up_to').get() as
            { position: number; eventId: string } | undefined,
      );
      return found ? { position: found.position, eventId: found.eventId } : null;
    },

    async setErasedUpTo({ position, eventId }) {
      await retryWhileBusy(() =>
        db.prepare('INSERT OR REPLACE INTO erased_up_to (one, position, event_id) VALUES (1, ?, ?)').run(position, eventId),
      );
    },

    async secret(name, make = () => randomBytes(keyBytes)) {
      return (await findOrMake('secrets', name, make)) as Buffer;
    },

    async rewrap() {
      let rewrapped = 0;
      for (const [table, id] of [['subjects', 'subject'] as const, ['secrets', 'name'] as const]) {
        const others = db.prepare(`SELECT ${id} AS name, master, wrapped FROM ${table} WHERE master <> ? LIMIT 500`);
        const update = db.prepare(`UPDATE ${table} SET master = ?, wrapped = ? WHERE ${id} = ?`);
        const some = () => {
          db.exec('BEGIN IMMEDIATE');
          try {
            const rows = others.all(current.id) as unknown as ({ name: string } & Wrapped)[];
            for (const row of rows)
              update.run(current.id, wrap(current, `${table}:${row.name}`, open(table, row.name, row)), row.name);
            db.exec('COMMIT');
            return rows.length;
          } catch (error) {
            if (db.isTransaction) db.exec('ROLLBACK');
            throw error;
          }
        };
        for (let count = -1; count !== 0; rewrapped += count) count = await retryWhileBusy(some);
      }
      truncateWal(db);
      return rewrapped;
    },

    async summary() {
      const counts = db
        .prepare(
          `SELECT (SELECT count(*) FROM subjects WHERE wrapped IS NOT NULL) AS held,
                  (SELECT count(*) FROM subjects WHERE wrapped IS NULL) AS erased,
                  (SELECT count(*) FROM secrets) AS secrets`,
        )
        .get() as { held: number; erased: number; secrets: number };
      const wraps = new Map(mastersUsed(db).map(({ master, count }) => [master, count]));
      return { ...counts, masters: masters.map(({ id }) => ({ id, wraps: wraps.get(id) ?? 0 })) };
    },

    async close() {
      truncateWal(db);
      db.close();
    },
  };
}

function migrate(db: Database, file: string): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (found > schemaVersion) {
      throw new KeysUnusable(
        `${file} 由更新版本的公开平台写成，请升级程序。 / ${file} was written by a newer Gongkai; upgrade the program.`,
      );
    }
    if (found === 0) db.exec(schema);
    db.exec(`PRAGMA user_version = ${schemaVersion}; COMMIT;`);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function mastersUsed(db: Database): { master: string; count: number }[] {
  return db
    .prepare(
      `SELECT master, sum(n) AS count FROM (
         SELECT master, count(*) AS n FROM subjects WHERE master IS NOT NULL GROUP BY master
         UNION ALL SELECT master, count(*) FROM secrets GROUP BY master) GROUP BY master`,
    )
    .all() as unknown as { master: string; count: number }[];
}

/** True once the WAL is empty: neither it nor the pages hold what was overwritten. */
function truncateWal(db: Database): boolean {
  try {
    return (db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }).busy === 0;
  } catch {
    return false;
  }
}
