import type { Doc, ProjectionSchema } from './projection.js';
import { type Batch, type DeadLetter, leaseOf, type Ref, StaleFence, type Write } from './read-store.js';
import type { Connection, Value } from './sqlite-connection.js';
import { layoutAt, schemaOf, tableOf } from './sqlite-layout.js';
import { searchOf } from './sqlite-search.js';

/** Documents, dead letters and checkpoint in one transaction. Texts are made before it begins: others wait while it lasts. */
export function commit(connection: Connection, projection: ProjectionSchema, at: Ref, batch: Batch): Promise<void> {
  const byCollection = new Map<string, Write[]>();
  for (const write of batch.writes) {
    const same = byCollection.get(write.collection);
    if (same) same.push(write);
    else byCollection.set(write.collection, [write]);
  }
  const texts = [...byCollection].map(([collection, writes]) => ({
    collection,
    writes: writes.map(write => ({ write, text: write.doc === null ? null : JSON.stringify(write.doc) })),
  }));
  const tally = JSON.stringify(batch.tally);
  return connection.transaction(() => {
    moveCheckpoint(connection, at, batch, tally);
    for (const { collection, writes } of texts) {
      const write = writerOf(connection, projection, at, collection, batch.repair ?? false);
      for (const one of writes) write(one.write, one.text);
    }
    for (const letter of batch.deadLetters ?? []) keep(connection, letter);
  });
}

function moveCheckpoint({ one, run }: Connection, at: Ref, { part, fence, from, to }: Batch, tally: string): void {
  const { projection, generation } = at;
  const lease = one<{ fence: number }>('SELECT fence FROM leases WHERE name = ?', leaseOf(at, part));
  const moved =
    fence >= (lease?.fence ?? 0) &&
    run(
      `UPDATE checkpoints SET position = ?, tally = ?, fence = ?
       WHERE projection = ? AND generation = ? AND part = ? AND position = ? AND fence <= ?`,
      to,
      tally,
      fence,
      projection,
      generation,
      part,
      from,
      fence,
    ) === 1;
  if (!moved) throw new StaleFence(`${leaseOf(at, part)}: another owner, or not at ${from} any more (fence ${fence})`);
}

function keep({ run }: Connection, letter: DeadLetter): void {
  const { projection, generation, position, state } = letter;
  run(
    'INSERT OR REPLACE INTO dead_letters VALUES (?, ?, ?, ?, ?)',
    projection,
    generation,
    position,
    state,
    JSON.stringify(letter),
  );
}

/** Statements of one collection, looked up once for a whole batch. */
function writerOf(
  connection: Connection,
  projection: ProjectionSchema,
  at: Ref,
  collection: string,
  repair: boolean,
): (write: Write, text: string | null) => void {
  const table = tableOf(at, collection);
  const { text: fields } = schemaOf(projection, collection);
  const indexed = layoutAt(connection, at)[collection] ?? [];
  const paths = indexed.map(field => field.split('.'));
  const columns = ['key', 'position', ...indexed.map((_, index) => `c${index}`), 'doc'];
  const upsert = connection.prepared(
    `INSERT INTO "${table}" (id, ${columns.join(', ')}) VALUES (?${', ?'.repeat(columns.length)})
     ON CONFLICT (id) DO UPDATE SET ${columns.map(column => `${column} = excluded.${column}`).join(', ')}
     ${repair ? '' : `WHERE excluded.position > "${table}".position`}`,
  );
  const tell = fields && searchOf(connection, at, collection, fields);
  return ({ id, key, position, doc }, text) => {
    const values = paths.map(path => valueAt(doc, path));
    const { changes } = upsert.run(id, key, position, ...values, text);
    if (tell && Number(changes) === 1) tell(id, doc);
  };
}

/** As json_extract has it, which answers for the fields that have no column. */
function valueAt(doc: Doc | null, path: readonly string[]): Value {
  let value: unknown = doc;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    value = (value as Doc)[name];
  }
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  return value === undefined || value === null ? null : JSON.stringify(value);
}
