import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { closeDatabase, type Database, openDatabase, retryWhileBusy, type Statement } from '#sqlite';
import { find, type Located } from './sqlite-find.js';
import type { CollectionSchema, Doc, Find, Generation, Projection, ReadStore, View, Write } from './projection.js';
import { searchTokens } from './text-search.js';

interface Registered {
  version: number;
  generation: number;
  position: number;
}

/**
 * The embedded read store: one SQLite file per room. Each generation of a projection has tables of its own; a row in
 * `projections` says which one readers see and how far it has come, and moves in the same transaction as the documents.
 */
export async function openSqliteReadStore(file: string): Promise<ReadStore> {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
  const db = await openDatabase(file, { durability: 'normal' });
  // A rebuild writes at random all over its tables: with SQLite's 2 MB it would read and write most pages again and again.
  db.exec('PRAGMA cache_size = -64000; PRAGMA wal_autocheckpoint = 16000;');
  await retryWhileBusy(() =>
    db.exec(`CREATE TABLE IF NOT EXISTS projections (
      name TEXT PRIMARY KEY, version INTEGER NOT NULL, generation INTEGER NOT NULL, position INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS generations (name TEXT NOT NULL, number INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (name, number)) STRICT;`),
  );
  return new SqliteReadStore(db);
}

class SqliteReadStore implements ReadStore {
  private readonly statements = new Map<string, Statement>();

  constructor(private readonly db: Database) {}

  async prepare(projection: Projection): Promise<Generation> {
    return this.transaction(() => {
      const registered = this.registered(projection.name);
      if (registered?.version === projection.version) return { number: registered.generation, position: registered.position };
      const generation = { number: this.nextGeneration(projection.name), position: 0 };
      this.createTables(projection, generation.number);
      for (const index of indexesOf(projection, generation.number)) this.db.exec(index);
      if (registered) this.dropTables(projection.name, registered.generation);
      this.run(
        'INSERT OR REPLACE INTO projections (name, version, generation, position) VALUES (?, ?, ?, 0)',
        projection.name,
        projection.version,
        generation.number,
      );
      return generation;
    });
  }

  view(projection: Projection): View {
    const here = (collection: string): Located | null => {
      const registered = this.registered(projection.name);
      if (registered?.version !== projection.version) return null;
      const name = table(projection.name, registered.generation, collection);
      return { table: name, searchTable: `${name}_text`, columns: new Map([['id', 'id']]) };
    };
    return {
      get: async <D>(collection: string, id: string) => {
        const at = here(collection);
        const row = at && (this.prepared(`SELECT doc FROM ${at.table} WHERE id = ?`).get(id) as { doc: string } | undefined);
        return row ? (JSON.parse(row.doc) as D) : null;
      },
      find: async <D>(collection: string, query: Find) => {
        const at = here(collection);
        return at ? find<D>(sql => this.prepared(sql), at, query) : { items: [], next: null };
      },
      count: async (collection, query = {}) => {
        const at = here(collection);
        return at ? find.count(sql => this.prepared(sql), at, query) : 0;
      },
      position: async () => this.registered(projection.name)?.position ?? null,
    };
  }

  async read(
    projection: Projection,
    generation: Generation,
    collection: string,
    ids: readonly string[],
  ): Promise<Map<string, Doc>> {
    const rows = this.prepared(
      `SELECT id, doc FROM ${table(projection.name, generation.number, collection)} WHERE id IN (SELECT value FROM json_each(?))`,
    ).all(JSON.stringify(ids)) as { id: string; doc: string }[];
    return new Map(rows.map(row => [row.id, JSON.parse(row.doc) as Doc]));
  }

  async commit(projection: Projection, generation: Generation, writes: readonly Write[], position: number): Promise<boolean> {
    return this.transaction(() => {
      const registered = this.registered(projection.name);
      const live = registered?.generation === generation.number;
      const { changes } = live
        ? this.run(
            'UPDATE projections SET position = ? WHERE name = ? AND version = ? AND position = ?',
            position,
            projection.name,
            projection.version,
            generation.position,
          )
        : this.run(
            'UPDATE generations SET position = ? WHERE name = ? AND number = ? AND position = ?',
            position,
            projection.name,
            generation.number,
            generation.position,
          );
      if (Number(changes) !== 1) return false;
      const writers = new Map<string, (write: Write) => void>();
      for (const write of writes) {
        let writer = writers.get(write.collection);
        if (!writer) writers.set(write.collection, (writer = this.writer(projection, generation.number, write.collection)));
        writer(write);
      }
      return true;
    });
  }

  /** Statements of one collection, looked up once for a whole commit. */
  private writer(projection: Projection, generation: number, collection: string): (write: Write) => void {
    const name = table(projection.name, generation, collection);
    const { text } = schemaOf(projection, collection);
    const upsert = this.prepared(`INSERT INTO ${name} (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`);
    const remove = this.prepared(`DELETE FROM ${name} WHERE id = ?`);
    const forget = text && this.prepared(`DELETE FROM ${name}_text WHERE rowid = (SELECT rowid FROM ${name} WHERE id = ?)`);
    const tell = text && this.prepared(`INSERT INTO ${name}_text (rowid, tokens) SELECT rowid, ? FROM ${name} WHERE id = ?`);
    return ({ id, doc }) => {
      forget?.run(id);
      if (!doc) {
        remove.run(id);
        return;
      }
      upsert.run(id, JSON.stringify(doc));
      const tokens = text
        ?.map(field => doc[field])
        .filter(value => typeof value === 'string')
        .flatMap(value => [...searchTokens(value), '。']);
      if (tokens) tell?.run(tokens.join(' '), id);
    };
  }

  async beginGeneration(projection: Projection): Promise<Generation> {
    return this.transaction(() => {
      // What a rebuild that was killed left behind.
      const left = this.prepared('SELECT number FROM generations WHERE name = ?').all(projection.name) as { number: number }[];
      for (const { number } of left) this.dropTables(projection.name, number);
      this.run('DELETE FROM generations WHERE name = ?', projection.name);
      const number = this.nextGeneration(projection.name);
      this.createTables(projection, number);
      this.run('INSERT INTO generations (name, number, position) VALUES (?, ?, 0)', projection.name, number);
      return { number, position: 0 };
    });
  }

  async activate(projection: Projection, generation: Generation): Promise<boolean> {
    // Sorted once here instead of grown with every document; each by itself, so that no other writer waits for all of them.
    for (const index of indexesOf(projection, generation.number)) await this.transaction(() => this.db.exec(index));
    return this.transaction(() => {
      const old = this.registered(projection.name);
      if (old?.version === projection.version && old.position > generation.position) return false;
      this.run(
        'INSERT OR REPLACE INTO projections (name, version, generation, position) VALUES (?, ?, ?, ?)',
        projection.name,
        projection.version,
        generation.number,
        generation.position,
      );
      this.run('DELETE FROM generations WHERE name = ? AND number = ?', projection.name, generation.number);
      if (old) this.dropTables(projection.name, old.generation);
      return true;
    });
  }

  async abandon(projection: Projection, generation: Generation): Promise<void> {
    await this.transaction(() => {
      this.run('DELETE FROM generations WHERE name = ? AND number = ?', projection.name, generation.number);
      this.dropTables(projection.name, generation.number);
    });
  }

  async close(): Promise<void> {
    this.statements.clear();
    closeDatabase(this.db);
  }

  private registered(name: string): Registered | undefined {
    return this.prepared('SELECT version, generation, position FROM projections WHERE name = ?').get(name) as
      Registered | undefined;
  }

  private nextGeneration(name: string): number {
    const { last } = this.prepared(
      'SELECT max(number) AS last FROM (SELECT generation AS number FROM projections WHERE name = ?1 UNION ALL SELECT number FROM generations WHERE name = ?1)',
    ).get(name) as { last: number | null };
    return (last ?? 0) + 1;
  }

  private createTables(projection: Projection, generation: number): void {
    for (const [collection, schema] of Object.entries(projection.collections)) {
      const name = table(projection.name, generation, collection);
      this.db.exec(`CREATE TABLE ${name} (rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT`);
      if (schema.text)
        this.db.exec(`CREATE VIRTUAL TABLE ${name}_text USING fts5(tokens, tokenize = "unicode61 remove_diacritics 0")`);
    }
  }

  private dropTables(name: string, generation: number): void {
    const tables = this.prepared(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB ? AND name NOT GLOB '*_text_*'",
    ).all(`${table(name, generation, '')}*`) as { name: string }[];
    this.statements.clear();
    for (const { name: found } of tables) this.db.exec(`DROP TABLE IF EXISTS ${found}`);
  }

  private prepared(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }

  private run(sql: string, ...values: (string | number)[]) {
    return this.prepared(sql).run(...values);
  }

  private transaction<T>(work: () => T): Promise<T> {
    return retryWhileBusy(() => {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.db.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.db.isTransaction) this.db.exec('ROLLBACK');
        throw error;
      }
    });
  }
}

function table(projection: string, generation: number, collection: string): string {
  return `${projection.replaceAll('-', '_')}_g${generation}_${collection.replaceAll('-', '_')}`;
}

function indexesOf(projection: Projection, generation: number): string[] {
  return Object.entries(projection.collections).flatMap(([collection, { indexes }]) => {
    const name = table(projection.name, generation, collection);
    return indexes.map(
      (fields, index) => `CREATE INDEX IF NOT EXISTS ${name}_${index} ON ${name} (${fields.map(expression).join(', ')}, id)`,
    );
  });
}

function schemaOf(projection: Projection, collection: string): CollectionSchema {
  const schema = projection.collections[collection];
  if (!schema) throw new Error(`${projection.name} has no collection ${collection}`);
  return schema;
}

function expression(field: string): string {
  return field === 'id' ? 'id' : `json_extract(doc, '$.${field}')`;
}
