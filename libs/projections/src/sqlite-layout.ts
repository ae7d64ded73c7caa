import { DatabaseUnusable } from '#sqlite';
import type { CollectionSchema, ProjectionSchema } from './projection.js';
import type { Ref } from './read-store.js';
import type { Connection } from './sqlite-connection.js';

/** 0: before generations had states. 2: with them. */
const fileLayout = 2;

const registry = `
  CREATE TABLE projections (name TEXT PRIMARY KEY, last_generation INTEGER NOT NULL) STRICT;
  CREATE TABLE generations (
    projection TEXT NOT NULL, generation INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL, goal INTEGER NOT NULL,
    note TEXT NOT NULL, layout TEXT NOT NULL, PRIMARY KEY (projection, generation)
  ) STRICT;
  CREATE UNIQUE INDEX one_active ON generations (projection) WHERE state = 'active';
  CREATE TABLE checkpoints (
    projection TEXT NOT NULL, generation INTEGER NOT NULL, part INTEGER NOT NULL, position INTEGER NOT NULL, tally TEXT NOT NULL,
    fence INTEGER NOT NULL, PRIMARY KEY (projection, generation, part)
  ) STRICT;
  CREATE TABLE unfinished (
    projection TEXT NOT NULL, generation INTEGER NOT NULL, collection TEXT NOT NULL, searchable_to INTEGER,
    PRIMARY KEY (projection, generation, collection)
  ) STRICT;
  CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT, fence INTEGER NOT NULL, beat INTEGER NOT NULL, beat_at TEXT NOT NULL) STRICT;
  CREATE TABLE dead_letters (
    projection TEXT NOT NULL, generation INTEGER NOT NULL, position INTEGER NOT NULL, state TEXT NOT NULL, letter TEXT NOT NULL,
    PRIMARY KEY (projection, generation, position)
  ) STRICT;
  CREATE TABLE paused (projection TEXT PRIMARY KEY, who TEXT NOT NULL, since TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
`;

/** Makes the registry, or brings an older file up to date; once, however many start. @throws DatabaseUnusable a newer file */
export async function migrate(connection: Connection, file: string): Promise<void> {
  if (layoutOf(connection, file) < fileLayout) {
    await connection.transaction(() => {
      if (layoutOf(connection, file) === fileLayout) return;
      const old = connection.one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'projections'");
      if (old) replaceOldLayout(connection);
      else connection.db.exec(registry);
      connection.db.exec(`PRAGMA user_version = ${fileLayout}`);
    });
  }
  await dropOrphans(connection);
}

function layoutOf(connection: Connection, file: string): number {
  const { user_version: found } = connection.one<{ user_version: number }>('PRAGMA user_version')!;
  if (found > fileLayout) {
    throw new DatabaseUnusable(
      `视图文件 ${file} 由更新版本的公开平台写成（格式 ${found}，本程序只认到 ${fileLayout}）。请升级程序；或者停止服务后删除此文件，视图会从事件重建。 / The views in ${file} were written by a newer Gongkai (layout ${found} > ${fileLayout}). Upgrade the program; or stop the services and delete this file: views are rebuilt from the events.`,
    );
  }
  return found;
}

/** Views are built anew from the events. Where reactions stand is kept: what they did once is not to be done again. */
function replaceOldLayout(connection: Connection): void {
  const { db } = connection;
  const found = db.prepare('SELECT name, version, position FROM projections').all() as {
    name: string;
    version: number;
    position: number;
  }[];
  const tables = tablesIn(connection);
  const reactions = found.filter(
    ({ name }) => !tables.some(table => new RegExp(`^${name.replaceAll('-', '_')}_g\\d+_`).test(table)),
  );
  // The views' tables belong to nobody from here on: they go with the orphans.
  db.exec('DROP TABLE projections; DROP TABLE IF EXISTS generations;');
  db.exec(registry);
  for (const { name, version, position } of reactions) {
    connection.run('INSERT INTO projections VALUES (?, 1)', name);
    connection.run("INSERT INTO generations VALUES (?, 1, ?, 'active', ?, '{}', '{}')", name, version, position);
    connection.run("INSERT INTO checkpoints VALUES (?, 1, 0, ?, '{}', 0)", name, position);
  }
}

export function tableOf({ projection, generation }: Ref, collection: string): string {
  return `${projection.replaceAll('-', '_')}_g${generation}_${collection.replaceAll('-', '_')}`;
}

export function schemaOf({ name, collections }: ProjectionSchema, collection: string): CollectionSchema {
  const schema = collections[collection];
  if (!schema) throw new Error(`${name} has no collection ${collection}`);
  return schema;
}

/** Fields (dotted paths) that the rows of each collection keep beside the document, as columns `c0`, `c1`, …: its indexes are of these. */
export type Layout = Readonly<Record<string, readonly string[]>>;

export function layoutFor({ collections }: ProjectionSchema): Layout {
  return Object.fromEntries(
    Object.entries(collections).map(([collection, { indexes }]) => [
      collection,
      [...new Set(indexes.flat())].filter(field => field !== 'id'),
    ]),
  );
}

/**
 * Rows are numbered for the search; a document that was removed stays as a row without one. What is indexed is kept beside the document:
 * to find it in there again, the engine would read every document whole for each index.
 */
export function createTables({ db }: Connection, projection: ProjectionSchema, at: Ref, layout: Layout): void {
  for (const [collection, { text }] of Object.entries(projection.collections)) {
    const table = tableOf(at, collection);
    db.exec(
      `CREATE TABLE "${table}" (rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL, position INTEGER NOT NULL,
        ${(layout[collection] ?? []).map((_, index) => `c${index} ANY, `).join('')} doc TEXT) STRICT`,
    );
    // The words are kept in the index only: what they were is in the document.
    if (text)
      db.exec(
        `CREATE VIRTUAL TABLE "${table}_text" USING fts5(tokens, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0")`,
      );
  }
}

export function indexesOf(projection: ProjectionSchema, at: Ref, collection: string, layout: Layout): string[] {
  const table = tableOf(at, collection);
  const columns = columnsOf(layout[collection]);
  return schemaOf(projection, collection).indexes.map(
    (fields, index) =>
      `CREATE INDEX IF NOT EXISTS "${table}_${index}" ON "${table}" (${fields.map(field => expressionOf(columns, field)).join(', ')}, id)
       WHERE doc IS NOT NULL`,
  );
}

/** Tables of a generation that have a search beside them. */
export function searchedIn(connection: Connection, at: Ref): string[] {
  const there = connection.prepared("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?");
  return Object.keys(layoutAt(connection, at))
    .map(collection => tableOf(at, collection))
    .filter(table => there.get(`${table}_text`) !== undefined);
}

/** How a generation's tables were made. Of one that is gone: nothing. */
export function layoutAt({ one }: Connection, { projection, generation }: Ref): Layout {
  const found = one<{ layout: string }>(
    'SELECT layout FROM generations WHERE projection = ? AND generation = ?',
    projection,
    generation,
  );
  return found ? (JSON.parse(found.layout) as Layout) : {};
}

export function columnsOf(fields: readonly string[] = []): ReadonlyMap<string, string> {
  return new Map([['id', 'id'], ...fields.map((field, index) => [field, `c${index}`] as const)]);
}

export function expressionOf(columns: ReadonlyMap<string, string>, field: string): string {
  if (!/^[A-Za-z][A-Za-z0-9.]*$/.test(field)) throw new Error(`Not a field: ${field}`);
  return columns.get(field) ?? `json_extract(doc, '$.${field}')`;
}

/** Tables go in a transaction of their own: it takes long, and nobody waits for it. */
export async function dropOrphans(connection: Connection): Promise<void> {
  if (orphans(connection).length === 0) return;
  connection.forget();
  for (const table of orphans(connection))
    await connection.transaction(() => {
      // Another process may have done it meanwhile.
      if (orphans(connection).includes(table)) connection.db.exec(`DROP TABLE "${table}"`);
    });
}

/** Tables of generations that are registered no more. */
function orphans(connection: Connection): string[] {
  const registered = connection.all<{ projection: string; generation: number; layout: string }>(
    'SELECT projection, generation, layout FROM generations',
  );
  const wanted = new Set(
    registered.flatMap(({ layout, ...at }) =>
      Object.keys(JSON.parse(layout) as Layout).flatMap(collection => [
        tableOf(at, collection),
        `${tableOf(at, collection)}_text`,
      ]),
    ),
  );
  return tablesIn(connection).filter(table => !wanted.has(table));
}

/** Those of views, without the tables that a search keeps for itself. */
function tablesIn({ db }: Connection): string[] {
  const found = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB '*_g[0-9]*_*'").all() as {
    name: string;
  }[];
  return found.map(({ name }) => name).filter(name => !/_text_(data|idx|content|docsize|config)$/.test(name));
}
