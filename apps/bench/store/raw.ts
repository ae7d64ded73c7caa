import { eventHash, noHash, openSqliteEventStore } from '#event-store';
import { openDatabase } from '#sqlite';
import type { Work } from './caseload.js';

export type Row = readonly [
  stream: string,
  revision: number,
  id: string,
  type: string,
  version: number,
  data: string,
  metadata: string,
  previousHash: string,
  hash: string,
];

export const columns = 'stream, revision, id, type, version, data, metadata, previous_hash, hash';

/** The bytes the store writes for this work, made before anything is measured. */
export function rowsOf(next: () => Work): () => Row {
  const hashes = new Map<string, string>();
  return () => {
    const { stream, revision, event } = next();
    const { id, type, version } = event;
    const [data, metadata] = [JSON.stringify(event.data), JSON.stringify(event.metadata)];
    const previous = hashes.get(stream) ?? noHash;
    const own = eventHash(previous, { stream, revision, id, type, version }, data, metadata);
    hashes.set(stream, own);
    return [stream, revision, id, type, version, data, metadata, previous, own];
  };
}

/** The same rows without a chain: its two columns are empty. */
export function unchained(next: () => Row): () => Row {
  return () => next().with(7, noHash).with(8, noHash) as unknown as Row;
}

/**
 * The baseline: the store's own table, indexes and triggers, prepared statements, one thread, and nothing that a store is for. Nobody
 * looks whether the stream is where it is said to be, whether the event is there already, or what it means.
 */
export async function openRaw(file: string, durability: 'full' | 'normal' = 'full') {
  await (await openSqliteEventStore(file)).close();
  const db = await openDatabase(file, { durability });
  const [begin, commit] = [db.prepare('BEGIN IMMEDIATE'), db.prepare('COMMIT')];
  const insert = db.prepare(`INSERT INTO events (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return {
    db,
    one: (row: Row) => insert.run(...row),
    together(rows: readonly Row[]) {
      begin.run();
      for (const row of rows) insert.run(...row);
      commit.run();
    },
    /** As `together`, but each hash is computed here, as the writer has to. */
    chained(rows: readonly Row[]) {
      begin.run();
      for (const [stream, revision, id, type, version, data, metadata, previous] of rows) {
        const own = eventHash(previous, { stream, revision, id, type, version }, data, metadata);
        insert.run(stream, revision, id, type, version, data, metadata, previous, own);
      }
      commit.run();
    },
    close: () => db.close(),
  };
}
