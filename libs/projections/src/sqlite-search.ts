import type { Doc, ProjectionSchema } from './projection.js';
import type { Ref } from './read-store.js';
import type { Connection } from './sqlite-connection.js';
import { tableOf } from './sqlite-layout.js';
import { searchTokens } from './text-search.js';

/*
 * The search of a collection: an FTS5 table beside it, by its rows' numbers. What is written goes to small segments, which are merged.
 */

const pagesATime = 16;

/** From now on merging waits for `tidySearch`: by itself FTS5 would make one commit in sixteen wait for it. */
export function mergeAside({ db }: Connection, table: string): void {
  db.exec(`INSERT INTO "${table}_text" ("${table}_text", rank) VALUES ('automerge', 0)`);
}

/** A little of the merging that is due. Whether there may be more. */
export async function tidySearch(connection: Connection, { collections }: ProjectionSchema, at: Ref): Promise<boolean> {
  let more = false;
  for (const [collection, { text }] of Object.entries(collections)) {
    if (!text) continue;
    const table = `${tableOf(at, collection)}_text`;
    const changes = () => connection.one<{ total: number }>('SELECT total_changes() AS total')!.total;
    await connection.transaction(() => {
      const before = changes();
      connection.run(`INSERT INTO "${table}" ("${table}", rank) VALUES ('merge', ?)`, pagesATime);
      // The statement itself counts as one: https://sqlite.org/fts5.html#the_merge_command
      more ||= changes() - before >= 2;
    });
  }
  return more;
}

/** Keeps the search up to date; what `finish` has still before it is left to it. */
export function searchOf(
  connection: Connection,
  at: Ref,
  collection: string,
  fields: readonly string[],
): ((id: string, doc: Doc | null) => void) | undefined {
  const unfinished = connection.one<{ to: number | null }>(
    'SELECT searchable_to AS "to" FROM unfinished WHERE projection = ? AND generation = ? AND collection = ?',
    at.projection,
    at.generation,
    collection,
  );
  if (unfinished?.to === null) return undefined;
  const to = unfinished?.to ?? Number.MAX_SAFE_INTEGER;
  const table = tableOf(at, collection);
  const row = connection.prepared(`SELECT rowid FROM "${table}" WHERE id = ?`);
  const forget = connection.prepared(`DELETE FROM "${table}_text" WHERE rowid = ?`);
  const add = connection.prepared(`INSERT INTO "${table}_text" (rowid, tokens) VALUES (?, ?)`);
  return (id, doc) => {
    const { rowid } = row.get(id) as { rowid: number };
    if (rowid > to) return;
    forget.run(rowid);
    if (doc) add.run(rowid, tokensOf(doc, fields));
  };
}

export function tokensOf(doc: Doc, fields: readonly string[]): string {
  let tokens = '';
  for (const field of fields) {
    const value = doc[field];
    if (typeof value === 'string') tokens += `${searchTokens(value)} 。 `;
  }
  return tokens;
}
