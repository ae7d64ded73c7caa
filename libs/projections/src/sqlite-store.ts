import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { closeDatabase, QueryThread, retryWhileBusy } from '#sqlite';
import type { Find, ProjectionSchema, View } from './projection.js';
import {
  type DeadLetter,
  type DeadLetterCount,
  type DeadLettersWhere,
  GenerationGone,
  type KeptDoc,
  type ReadStore,
  type Ref,
} from './read-store.js';
import { type Connection, connectTo, uncheckpointedBytes, type Value } from './sqlite-connection.js';
import { find } from './sqlite-find.js';
import { generationsIn } from './sqlite-generations.js';
import { columnsOf, type Layout, layoutAt, migrate, schemaOf, tableOf } from './sqlite-layout.js';
import { leaseIn, pausedIn } from './sqlite-registry.js';
import { writesInThread } from './sqlite-write-thread.js';
import { type Writes, writesOn } from './sqlite-writes.js';

/** So much is written before it is copied back, beside the next writes; where that does not keep up, a commit does it. */
const [checkpointBytes, autocheckpointBytes] = [16 << 20, 128 << 20];

/**
 * The embedded read store: one SQLite file per room. Each generation of a projection has tables of its own; what is registered
 * about it moves in the same transaction as its documents. A process's main thread only reads: what writes, and what
 * searches, has a thread each, so that neither a slow disk nor a long list keeps it from answering.
 * @throws DatabaseUnusable with a sentence saying why
 */
export async function openSqliteViews(file: string): Promise<ReadStore> {
  mkdirSync(dirname(file), { recursive: true });
  const connection = await connectTo(file);
  try {
    await migrate(connection, file);
  } catch (error) {
    connection.db.close();
    throw error;
  }
  const searches = new QueryThread(file);
  const { close: endWrites, ...writes } = isMainThread
    ? writesAside(file, connection)
    : { ...writesOn(connection), close: undefined };
  /** Statements of tables that are gone are of no use. */
  const forgetting = (done: boolean) => {
    if (done) connection.forget();
    return done;
  };
  return {
    ...writes,
    atomic: true,
    activate: async (at, from) => forgetting(await writes.activate(at, from)),
    drop: async at => forgetting(await writes.drop(at)),
    generations: () => retryWhileBusy(() => generationsIn(connection)),
    paused: () => retryWhileBusy(() => pausedIn(connection)),
    lease: name => retryWhileBusy(() => leaseIn(connection, name)),
    read: (projection, at, collection, ids) => reading(connection, at, () => readIn(connection, projection, at, collection, ids)),
    page: (projection, at, collection, after, limit) =>
      reading(connection, at, () => pageIn(connection, projection, at, collection, after, limit)),
    deadLetters: where => retryWhileBusy(() => deadLettersIn(connection, where)),
    countDeadLetters: where => retryWhileBusy(() => deadLetterCounts(connection, where)),
    view: (projection, at) => viewOf(connection, searches, projection, at),
    async close() {
      await Promise.all([searches.close(), endWrites?.()]);
      connection.forget();
      closeDatabase(connection.db);
    },
  };
}

/** In a thread, and what they leave in SQLite's log is copied back by another. */
function writesAside(file: string, connection: Connection): Writes & { close(): Promise<void> } {
  const writes = writesInThread({ file, autocheckpointBytes });
  const checkpoints = new QueryThread(file);
  let checkpointing = false;

  async function checkpoint(): Promise<void> {
    if (checkpointing) return;
    checkpointing = true;
    try {
      if (uncheckpointedBytes(connection) > checkpointBytes) await checkpoints.all('PRAGMA wal_checkpoint(PASSIVE)', []);
    } catch {
      // Nothing is lost by it: the next commit comes here too.
    } finally {
      checkpointing = false;
    }
  }

  return {
    ...writes,
    async commit(projection, at, batch) {
      await writes.commit(projection, at, batch);
      void checkpoint();
    },
    close: async () => {
      await Promise.all([writes.close(), checkpoints.close()]);
    },
  };
}

function viewOf(connection: Connection, thread: QueryThread, projection: ProjectionSchema, at: Ref): View {
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
  /** What may have to look at every document: whoever asks for one by its id does not wait for that. */
  const aside = <T extends object>(sql: string, values: Value[]): T[] | Promise<T[]> => thread.all<T>(sql, values);
  return {
    get: <D>(collection: string, id: string) =>
      reading(connection, at, () => {
        const { table } = located(collection);
        const row = connection.one<{ doc: string | null }>(`SELECT doc FROM ${table} WHERE id = ?`, id);
        return typeof row?.doc === 'string' ? (JSON.parse(row.doc) as D) : null;
      }),
    find: <D>(collection: string, query: Find) =>
      reading(connection, at, () => {
        const all: typeof aside = query.search === undefined ? (sql, values) => connection.all(sql, ...values) : aside;
        return find<D>(all, located(collection), query);
      }),
    count: (collection, query = {}) => reading(connection, at, () => find.count(aside, located(collection), query)),
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
async function reading<T>(connection: Connection, { projection, generation }: Ref, read: () => T | Promise<T>): Promise<T> {
  const there = () =>
    connection.one('SELECT 1 FROM generations WHERE projection = ? AND generation = ?', projection, generation) !== undefined;
  return retryWhileBusy(async () => {
    let result: T;
    try {
      result = await read();
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
  projection: ProjectionSchema,
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
  projection: ProjectionSchema,
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
