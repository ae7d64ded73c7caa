import { type Database, retryWhileBusy, type Statement } from '#sqlite';
import { eventHash, noHash } from './chain.js';
import { StoreUnusable, streamDeletedType } from './port.js';

/** 1: without the hash chain. 2: with it. */
export const schemaVersion = 2;

/*
 * AUTOINCREMENT: a position is never given twice, even if someone deletes the tail by force. Both unique indexes grow at their
 * end, because ids and most stream names begin with the time they were made; the third holds deletions only.
 */
const tables = `
  CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    previous_hash TEXT NOT NULL DEFAULT '',
    hash TEXT NOT NULL DEFAULT '',
    UNIQUE (stream, revision)
  ) STRICT;
  CREATE UNIQUE INDEX events_by_id ON events (id, stream);
`;
const guards = `
  CREATE INDEX stream_deletions ON events (stream, revision) WHERE type = '${streamDeletedType}';
  CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'stored events are never updated'); END;
  CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'stored events are never deleted'); END;
`;

/** A whole log may have to be hashed by whoever came first. */
const migrationLongestMs = 30 * 60_000;

/** Makes the tables, or brings an older file up to date; once, however many start. @throws StoreUnusable a newer file */
export async function migrate(db: Database, file: string): Promise<void> {
  if (versionOf(db, file) === schemaVersion) return;
  await retryWhileBusy(() => {
    db.exec('BEGIN IMMEDIATE');
    try {
      const found = versionOf(db, file);
      if (found === 0) db.exec(tables + guards);
      if (found === 1) addChain(db);
      db.exec(`PRAGMA user_version = ${schemaVersion}; COMMIT;`);
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }, migrationLongestMs);
}

/** @throws StoreUnusable a newer file */
export function versionOf(db: Database, file: string): number {
  const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (found > schemaVersion) {
    throw new StoreUnusable(
      `${file} 由更新版本的公开平台写成（格式 ${found}，本程序只认到 ${schemaVersion}），请升级程序。 / Written by a newer Gongkai (schema ${found} > ${schemaVersion}); upgrade the program.`,
    );
  }
  return found;
}

const pageRows = 2_000;

/** From 1 to 2: every stream is hashed from its first event; positions, ids and bytes stay as they are. */
function addChain(db: Database): void {
  db.exec(`
    DROP TRIGGER events_are_never_updated;
    DROP TRIGGER events_are_never_deleted;
    DROP INDEX events_by_type;
    ALTER TABLE events ADD COLUMN previous_hash TEXT NOT NULL DEFAULT '';
    ALTER TABLE events ADD COLUMN hash TEXT NOT NULL DEFAULT '';
  `);
  const page = rowsAsArrays(
    db.prepare(
      `SELECT position, stream, revision, id, type, version, data, metadata FROM events
       WHERE (stream, revision) > (?, ?) ORDER BY stream, revision LIMIT ${pageRows}`,
    ),
  );
  const update = db.prepare('UPDATE events SET previous_hash = ?, hash = ? WHERE position = ?');
  type Row = [number, string, number, string, string, number, string, string];
  for (let at: [string, number] = ['', -1], hash = noHash; ;) {
    const rows = page.all(...at) as unknown as Row[];
    for (const [position, stream, revision, id, type, version, data, metadata] of rows) {
      const previous = stream === at[0] ? hash : noHash;
      hash = eventHash(previous, { stream, revision, id, type, version }, data, metadata);
      update.run(previous, hash, position);
      at = [stream, revision];
    }
    if (rows.length < pageRows) break;
  }
  db.exec(guards);
}

/** Rows as arrays are read a fifth faster than as objects. */
export function rowsAsArrays(statement: Statement): Statement {
  statement.setReturnArrays(true);
  return statement;
}
