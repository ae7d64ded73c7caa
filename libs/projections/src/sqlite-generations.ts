import type { ProjectionSchema } from './projection.js';
import {
  type Checkpoint,
  type Generation,
  type GenerationNote,
  type GenerationState,
  leaseOf,
  type NewGeneration,
  type Ref,
  type Tally,
} from './read-store.js';
import type { Connection } from './sqlite-connection.js';
import { createTables, dropOrphans, indexesOf, layoutFor, searchedIn, tableOf } from './sqlite-layout.js';
import { mergeAside } from './sqlite-search.js';
import { sumOf } from './tally.js';

type Row = Ref & { version: number; state: GenerationState; goal: number; note: string };
type CheckpointRow = Ref & { part: number; position: number; tally: string; fence: number };

export function generationsIn({ all }: Connection): Generation[] {
  // One statement, so that a generation and its checkpoints are of one moment.
  const rows = all<Row & CheckpointRow>(
    `SELECT projection, generation, version, state, goal, note, part, position, tally, fence
     FROM generations LEFT JOIN checkpoints USING (projection, generation) ORDER BY projection, generation, part`,
  );
  const found: Generation[] = [];
  for (const { projection, generation, version, state, goal, note, part, position, tally, fence } of rows) {
    let last = found.at(-1);
    if (last?.projection !== projection || last.generation !== generation) {
      last = { projection, generation, version, state, goal, checkpoints: [], note: JSON.parse(note) as GenerationNote };
      found.push(last);
    }
    last.checkpoints.push({ part, position, tally: JSON.parse(tally) as Tally, fence });
  }
  return found;
}

export function create(connection: Connection, projection: ProjectionSchema, wanted: NewGeneration): Promise<Generation | null> {
  const { one, run, db } = connection;
  const { name, version } = projection;
  const { parts, goal, state, note = {} } = wanted;
  return connection.transaction(() => {
    if (state === 'active' && one("SELECT 1 FROM generations WHERE projection = ? AND state = 'active'", name)) return null;
    // A number is never given twice: a reader may still hold one that was dropped.
    const { last } = one<{ last: number }>(
      `INSERT INTO projections VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last_generation = last_generation + 1
       RETURNING last_generation AS last`,
      name,
    )!;
    const at: Ref = { projection: name, generation: last };
    const layout = layoutFor(projection);
    run(
      'INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?, ?)',
      name,
      last,
      version,
      state,
      goal,
      JSON.stringify(note),
      JSON.stringify(layout),
    );
    createTables(connection, projection, at, layout);
    for (const [collection, { text }] of Object.entries(projection.collections)) {
      if (state === 'active') {
        for (const index of indexesOf(projection, at, collection, layout)) db.exec(index);
        if (text) mergeAside(connection, tableOf(at, collection));
      } else run('INSERT INTO unfinished VALUES (?, ?, ?, NULL)', name, last, collection);
    }
    const checkpoints = Array.from({ length: parts }, (_, part): Checkpoint => ({ part, position: 0, tally: {}, fence: 0 }));
    for (const { part } of checkpoints) run("INSERT INTO checkpoints VALUES (?, ?, ?, 0, '{}', 0)", name, last, part);
    return { ...at, version, state, goal, checkpoints, note };
  });
}

export function move(
  { transaction, one, run }: Connection,
  { projection, generation }: Ref,
  from: readonly GenerationState[],
  to: GenerationState,
  note: GenerationNote = {},
): Promise<boolean> {
  if (to === 'active') throw new Error('A generation becomes active by `activate` only');
  return transaction(() => {
    const found = one<Row>('SELECT state, note FROM generations WHERE projection = ? AND generation = ?', projection, generation);
    if (!found || !from.includes(found.state)) return false;
    const noted = JSON.stringify({ ...(JSON.parse(found.note) as GenerationNote), ...note });
    run('UPDATE generations SET state = ?, note = ? WHERE projection = ? AND generation = ?', to, noted, projection, generation);
    return true;
  });
}

export function repart({ transaction, all, one, run }: Connection, at: Ref, parts: number, fence: number): Promise<boolean> {
  const { projection, generation } = at;
  return transaction(() => {
    const old = all<CheckpointRow>(
      'SELECT part, position, tally, fence FROM checkpoints WHERE projection = ? AND generation = ?',
      projection,
      generation,
    );
    const position = old[0]?.position;
    if (position === undefined || old.some(one => one.position !== position)) return false;
    const lease = (part: number) => one<{ fence: number }>('SELECT fence FROM leases WHERE name = ?', leaseOf(at, part))?.fence;
    if (fence < Math.max(lease(0) ?? 0, old.find(({ part }) => part === 0)?.fence ?? 0)) return false;
    run('DELETE FROM checkpoints WHERE projection = ? AND generation = ?', projection, generation);
    // Whoever writes another part would go on with another share of the keys than it is now.
    for (let part = 1; part < Math.max(old.length, parts); part++)
      run('UPDATE leases SET owner = NULL, fence = fence + 1, beat = beat + 1 WHERE name = ?', leaseOf(at, part));
    const tally = JSON.stringify(sumOf(old.map(one => JSON.parse(one.tally) as Tally)));
    for (let part = 0; part < parts; part++)
      run(
        'INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?)',
        projection,
        generation,
        part,
        position,
        part === 0 ? tally : '{}',
        part === 0 ? fence : (lease(part) ?? 0),
      );
    return true;
  });
}

export async function activate(connection: Connection, at: Ref, from: readonly GenerationState[]): Promise<boolean> {
  const { all, run } = connection;
  const done = await connection.transaction(() => {
    const found = all<Row>('SELECT generation, state FROM generations WHERE projection = ?', at.projection);
    const state = found.find(({ generation }) => generation === at.generation)?.state;
    if (!state || !from.includes(state)) return false;
    const set = (generation: number, to: GenerationState) =>
      run('UPDATE generations SET state = ? WHERE projection = ? AND generation = ?', to, at.projection, generation);
    for (const { generation, state } of found) {
      if (generation === at.generation) continue;
      if (state === 'retiring') remove(connection, { projection: at.projection, generation });
      if (state === 'active') set(generation, 'retiring');
    }
    set(at.generation, 'active');
    // From here on it is followed by whoever tidies its search; a build does not.
    for (const table of searchedIn(connection, at)) mergeAside(connection, table);
    return true;
  });
  if (done) await dropOrphans(connection);
  return done;
}

export async function drop(connection: Connection, at: Ref): Promise<boolean> {
  const dropped = await connection.transaction(() => {
    const found = connection.one<Row>(
      'SELECT state FROM generations WHERE projection = ? AND generation = ?',
      at.projection,
      at.generation,
    );
    if (!found || found.state === 'active') return false;
    remove(connection, at);
    return true;
  });
  if (dropped) await dropOrphans(connection);
  return dropped;
}

/** All but its tables, which nobody finds any more. */
function remove({ run }: Connection, { projection, generation }: Ref): void {
  for (const table of ['generations', 'checkpoints', 'unfinished', 'dead_letters'])
    run(`DELETE FROM ${table} WHERE projection = ? AND generation = ?`, projection, generation);
  const leases = leaseOf({ projection, generation }, 0).slice(0, -1);
  run('DELETE FROM leases WHERE substr(name, 1, ?) = ?', leases.length, leases);
}
