import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { closeDatabase, openDatabase, retryWhileBusy } from '#sqlite';
import type { Find, Projection, View } from './projection.js';
import {
  type DeadLetter,
  type DeadLetterCount,
  type DeadLettersWhere,
  GenerationGone,
  type KeptDoc,
  type Lease,
  type Paused,
  type ReadStore,
  type Ref,
} from './read-store.js';
import { commit } from './sqlite-commit.js';
import { type Connection, connectionOf } from './sqlite-connection.js';
import { find } from './sqlite-find.js';
import { finish } from './sqlite-finish.js';
import { activate, create, drop, generationsIn, move, repart } from './sqlite-generations.js';
import { columnsOf, type Layout, layoutAt, migrate, schemaOf, tableOf } from './sqlite-layout.js';

/** Documents of some kilobytes, of which several should find room in a page. */
const pageBytes = 16 << 10;
const cacheBytes = 32 << 20;
const walBytes = 64 << 20;

/**
 * The embedded read store: one SQLite file per room. Each generation of a projection has tables of its own; what is registered
 * about it moves in the same transaction as its documents.
 * @throws DatabaseUnusable with a sentence saying why
 */
export async function openSqliteViews(file: string): Promise<ReadStore> {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
  const db = await openDatabase(file, { durability: 'normal', pageBytes });
  const connection = connectionOf(db);
  try {
    // A build writes at random all over its tables: with SQLite's 2 MB it would read and write most pages again and again.
    db.exec(`PRAGMA cache_size = -${cacheBytes / 1024}; PRAGMA wal_autocheckpoint = ${walBytes / pageBytes};`);
    await migrate(connection, file);
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    atomic: true,
    generations: () => retryWhileBusy(() => generationsIn(connection)),
    create: (projection, wanted) => create(connection, projection, wanted),
    move: (at, from, to, note) => move(connection, at, from, to, note),
    repart: (at, parts, fence) => repart(connection, at, parts, fence),
    finish: (projection, at) => finish(connection, projection, at),
    activate: (at, from) => activate(connection, at, from),
    drop: at => drop(connection, at),
    pause: (projection, paused) => pause(connection, projection, paused),
    paused: () => retryWhileBusy(() => pausedIn(connection)),
    lease: name => retryWhileBusy(() => leaseIn(connection, name)),
    swapLease: (name, seen, next) => swapLease(connection, name, seen, next),
    read: (projection, at, collection, ids) => reading(connection, at, () => readIn(connection, projection, at, collection, ids)),
    page: (projection, at, collection, after, limit) =>
      reading(connection, at, () => pageIn(connection, projection, at, collection, after, limit)),
    commit: (projection, at, batch) => commit(connection, projection, at, batch),
    deadLetters: where => retryWhileBusy(() => deadLettersIn(connection, where)),
    countDeadLetters: where => retryWhileBusy(() => deadLetterCounts(connection, where)),
    view: (projection, at) => viewOf(connection, projection, at),
    async close() {
      connection.forget();
      closeDatabase(db);
    },
  };
}

function viewOf(connection: Connection, projection: Projection, at: Ref): View {
  // As its tables were made: the projection may have got other indexes since.
  let layout: Layout | undefined;
  const located = (collection: string) => {
    schemaOf(projection, collection);
    layout ??= layoutAt(connection, at);
    return {
      table: `"${tableOf(at, collection)}"`,
      searchTable: `"${tableOf(at, collection)}_text"`,
      columns: columnsOf(layout[collection]),
    };
  };
  return {
    get: <D>(collection: string, id: string) =>
      reading(connection, at, () => {
        const { table } = located(collection);
        const row = connection.one<{ doc: string | null }>(`SELECT doc FROM ${table} WHERE id = ?`, id);
        return typeof row?.doc === 'string' ? (JSON.parse(row.doc) as D) : null;
      }),
    find: <D>(collection: string, query: Find) =>
      reading(connection, at, () => find<D>(connection.prepared, located(collection), query)),
    count: (collection, query = {}) => reading(connection, at, () => find.count(connection.prepared, located(collection), query)),
    position: () =>
      reading(
        connection,
        at,
        () =>
          connection.one<{ position: number | null }>(
            'SELECT min(position) AS position FROM checkpoints WHERE projection = ? AND generation = ?',
            at.projection,
            at.generation,
          )!.position,
      ),
  };
}

/**
 * Reads of one generation. Whether it is still there is asked afterwards: it goes from the registry first, so what was read of one
 * that is there was whole.
 */
async function reading<T>(connection: Connection, { projection, generation }: Ref, read: () => T): Promise<T> {
  const there = () =>
    connection.one('SELECT 1 FROM generations WHERE projection = ? AND generation = ?', projection, generation) !== undefined;
  return retryWhileBusy(() => {
    let result: T;
    try {
      result = read();
    } catch (error) {
      if (there()) throw error;
      throw gone(projection, generation);
    }
    if (!there()) throw gone(projection, generation);
    return result;
  });
}

function gone(projection: string, generation: number): GenerationGone {
  return new GenerationGone(`${projection} generation ${generation} was dropped`);
}

interface Row {
  id: string;
  key: string;
  position: number;
  doc: string | null;
}

const kept = ({ id, key, position, doc }: Row): KeptDoc => ({
  id,
  key,
  position,
  doc: doc === null ? null : (JSON.parse(doc) as KeptDoc['doc']),
});

/** A generation of another version may have been made without it: it then holds nothing of the kind. */
function hasCollection(connection: Connection, at: Ref, collection: string): boolean {
  return collection in layoutAt(connection, at);
}

function readIn(
  connection: Connection,
  projection: Projection,
  at: Ref,
  collection: string,
  ids: readonly string[],
): Map<string, KeptDoc> {
  schemaOf(projection, collection);
  if (!hasCollection(connection, at, collection)) return new Map();
  const rows = connection.all<Row>(
    `SELECT id, key, position, doc FROM "${tableOf(at, collection)}" WHERE id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );
  return new Map(rows.map(row => [row.id, kept(row)]));
}

function pageIn(
  connection: Connection,
  projection: Projection,
  at: Ref,
  collection: string,
  after: string | null,
  limit: number,
): KeptDoc[] {
  schemaOf(projection, collection);
  if (!hasCollection(connection, at, collection)) return [];
  const rows = connection.all<Row>(
    `SELECT id, key, position, doc FROM "${tableOf(at, collection)}" WHERE doc IS NOT NULL AND (?1 IS NULL OR id > ?1) ORDER BY id LIMIT ?2`,
    after,
    limit,
  );
  return rows.map(kept);
}

async function pause({ transaction, run }: Connection, projection: string, paused: Paused | null): Promise<void> {
  await transaction(() =>
    paused
      ? run('INSERT OR REPLACE INTO paused VALUES (?, ?, ?, ?)', projection, paused.by, paused.at, paused.reason)
      : run('DELETE FROM paused WHERE projection = ?', projection),
  );
}

function pausedIn({ all }: Connection): Map<string, Paused> {
  const rows = all<Paused & { projection: string }>('SELECT projection, who AS "by", since AS "at", reason FROM paused');
  return new Map(rows.map(({ projection, ...paused }) => [projection, paused]));
}

function leaseIn({ one }: Connection, name: string): Lease | null {
  return one<Lease>('SELECT owner, fence, beat, beat_at AS beatAt FROM leases WHERE name = ?', name) ?? null;
}

function swapLease({ transaction, run }: Connection, name: string, seen: Lease | null, next: Lease): Promise<boolean> {
  const { owner, fence, beat, beatAt } = next;
  return transaction(
    () =>
      (seen
        ? run(
            `UPDATE leases SET owner = ?, fence = ?, beat = ?, beat_at = ?
             WHERE name = ? AND owner IS ? AND fence = ? AND beat = ? AND beat_at = ?`,
            ...[owner, fence, beat, beatAt, name, seen.owner, seen.fence, seen.beat, seen.beatAt],
          )
        : run('INSERT OR IGNORE INTO leases VALUES (?, ?, ?, ?, ?)', name, owner, fence, beat, beatAt)) === 1,
  );
}

const lettersWhere = `(?1 IS NULL OR projection = ?1) AND (?2 IS NULL OR generation = ?2)
  AND (?3 IS NULL OR state IN (SELECT value FROM json_each(?3)))`;

function deadLettersIn({ all }: Connection, where: DeadLettersWhere = {}): DeadLetter[] {
  const rows = all<{ letter: string }>(
    `SELECT letter FROM dead_letters WHERE ${lettersWhere} ORDER BY projection, generation, position`,
    ...valuesOf(where),
  );
  return rows.map(({ letter }) => JSON.parse(letter) as DeadLetter);
}

function deadLetterCounts({ all }: Connection, where: DeadLettersWhere = {}): DeadLetterCount[] {
  return all<DeadLetterCount>(
    `SELECT projection, generation, state, count(*) AS count FROM dead_letters WHERE ${lettersWhere}
     GROUP BY projection, generation, state ORDER BY projection, generation, state`,
    ...valuesOf(where),
  );
}

function valuesOf({ projection, generation, states }: DeadLettersWhere) {
  return [projection ?? null, generation ?? null, states ? JSON.stringify(states) : null] as const;
}
