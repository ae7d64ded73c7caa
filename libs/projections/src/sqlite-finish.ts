import type { Doc, ProjectionSchema } from './projection.js';
import { GenerationGone, type Ref } from './read-store.js';
import type { Connection } from './sqlite-connection.js';
import { indexesOf, layoutAt, schemaOf, tableOf } from './sqlite-layout.js';
import { tokensOf } from './sqlite-search.js';

const rowsAStep = 500;
/** Longer than anybody waits before the next try: else whoever has just held the lock would be the next. */
const breathMs = 4;

/**
 * Indexes sorted at once instead of grown with every document, then the search in small steps: in between others write, this
 * generation too. Goes on where it stopped.
 */
export async function finish(connection: Connection, projection: ProjectionSchema, at: Ref): Promise<void> {
  const layout = layoutAt(connection, at);
  for (const { collection } of unfinishedIn(connection, at)) {
    for (const index of indexesOf(projection, at, collection, layout))
      await connection.transaction(() => {
        if (isUnfinished(connection, at, collection)) connection.db.exec(index);
      });
    const { text } = schemaOf(projection, collection);
    for (let done = false; !done;) {
      done = await connection.transaction(() => step(connection, at, collection, text));
      await new Promise(resolve => setTimeout(resolve, breathMs));
    }
  }
  const known = connection.one('SELECT 1 FROM generations WHERE projection = ? AND generation = ?', at.projection, at.generation);
  if (!known) throw new GenerationGone(`${at.projection} generation ${at.generation} was dropped`);
}

/** Whether the collection has all it needs. */
function step(connection: Connection, at: Ref, collection: string, fields: readonly string[] | undefined): boolean {
  const { all, run, prepared } = connection;
  const unfinished = isUnfinished(connection, at, collection);
  if (!unfinished) return true;
  const table = tableOf(at, collection);
  const rows = fields
    ? all<{ rowid: number; doc: string | null }>(
        `SELECT rowid, doc FROM "${table}" WHERE rowid > ? ORDER BY rowid LIMIT ${rowsAStep}`,
        unfinished.searchableTo ?? 0,
      )
    : [];
  const last = rows.at(-1);
  const here = [at.projection, at.generation, collection] as const;
  if (!fields || !last) {
    run('DELETE FROM unfinished WHERE projection = ? AND generation = ? AND collection = ?', ...here);
    return true;
  }
  const add = prepared(`INSERT INTO "${table}_text" (rowid, tokens) VALUES (?, ?)`);
  for (const { rowid, doc } of rows) if (doc !== null) add.run(rowid, tokensOf(JSON.parse(doc) as Doc, fields));
  run('UPDATE unfinished SET searchable_to = ? WHERE projection = ? AND generation = ? AND collection = ?', last.rowid, ...here);
  return false;
}

interface Unfinished {
  collection: string;
  searchableTo: number | null;
}

function unfinishedIn({ all }: Connection, { projection, generation }: Ref): Unfinished[] {
  return all(
    'SELECT collection, searchable_to AS searchableTo FROM unfinished WHERE projection = ? AND generation = ?',
    projection,
    generation,
  );
}

function isUnfinished(connection: Connection, at: Ref, collection: string): Unfinished | undefined {
  return unfinishedIn(connection, at).find(one => one.collection === collection);
}
