import { MongoUnavailable } from '#mongo';
import type { ProjectionSchema } from './projection.js';
import { finish } from './mongo-indexes.js';
import {
  type Change,
  change,
  documentsOf,
  generationKey,
  isDuplicate,
  type Kept,
  lettersOf,
  partKey,
  type Place,
  plain,
  type Registered,
  registered,
  registryOf,
} from './mongo-registry.js';
import type { Generation, GenerationNote, GenerationState, NewGeneration, Ref } from './read-store.js';
import { sumOf } from './tally.js';

export async function generationsIn(place: Place): Promise<Generation[]> {
  const found = await place.mongo.use(database => registryOf(database, place).find().sort({ _id: 1 }).toArray());
  return found.flatMap(one =>
    numbersOf(one).map(generation => generationOf({ projection: one._id, generation }, kept(one, generation)!)),
  );
}

function generationOf(at: Ref, { version, state, goal, note, parts }: Kept): Generation {
  const checkpoints = parts.map(({ position, tally, fence }, part) => ({ part, position, tally, fence }));
  return { ...at, version, state, goal, checkpoints, note };
}

function numbersOf({ generations = {} }: Registered): number[] {
  return Object.keys(generations)
    .map(key => Number(key.slice(1)))
    .sort((a, b) => a - b);
}

export function kept({ generations }: Registered, generation: number): Kept | undefined {
  return generations?.[generationKey(generation)];
}

const activeOf = (found: Registered) => numbersOf(found).find(generation => kept(found, generation)!.state === 'active');

export async function create(place: Place, projection: ProjectionSchema, wanted: NewGeneration): Promise<Generation | null> {
  const { parts, goal, state, note = {} } = wanted;
  const { name, version, collections } = projection;
  const fresh: Kept = {
    version,
    state,
    goal,
    note: plain(note),
    collections: Object.keys(collections),
    epoch: 0,
    parts: Array.from({ length: parts }, () => ({ position: 0, tally: {}, fence: 0 })),
  };
  const at = await (state === 'active' ? createActive(place, projection, fresh) : createToBuild(place, name, fresh));
  return at && generationOf(at, fresh);
}

/** Readers meet it with its indexes: they are made first, under a number of its own. */
async function createActive(place: Place, projection: ProjectionSchema, fresh: Kept): Promise<Ref | null> {
  const { name } = projection;
  const before = await registered(place, name);
  if (before && activeOf(before) !== undefined) return null;
  const at: Ref = { projection: name, generation: await nextNumber(place, name) };
  await finish(place, projection, at);
  const made = await change(place, name, found =>
    activeOf(found) === undefined ? { set: { [`generations.${generationKey(at.generation)}`]: fresh } } : null,
  );
  return made ? at : null;
}

/**
 * Its indexes come later, sorted at once instead of grown with every document. Number and registration are one update: of two who begin
 * at the same moment, the one with the lower number is seen by the other.
 */
async function createToBuild(place: Place, projection: string, fresh: Kept): Promise<Ref> {
  if (!(await registered(place, projection))) await nextNumber(place, projection);
  let generation = 0;
  await change(place, projection, ({ last }) => {
    generation = (last ?? 0) + 1;
    return { where: { last: last ?? null }, set: { last: generation, [`generations.${generationKey(generation)}`]: fresh } };
  });
  return { projection, generation };
}

/** A number is never given twice: a reader may still hold one that was dropped. */
async function nextNumber(place: Place, projection: string): Promise<number> {
  for (;;) {
    try {
      const found = await place.mongo.use(database =>
        registryOf(database, place).findOneAndUpdate(
          { _id: projection },
          { $inc: { last: 1 } },
          { upsert: true, returnDocument: 'after', projection: { last: 1 } },
        ),
      );
      return found!.last!;
    } catch (error) {
      // Two who were the first: one of them was, and the other now finds it.
      if (!isDuplicate((error as Error).cause ?? error)) throw error;
    }
  }
}

export async function move(
  place: Place,
  { projection, generation }: Ref,
  from: readonly GenerationState[],
  to: GenerationState,
  note: GenerationNote = {},
): Promise<boolean> {
  if (to === 'active') throw new Error('A generation becomes active by `activate` only');
  const path = `generations.${generationKey(generation)}`;
  return change(place, projection, found => {
    const at = kept(found, generation);
    if (!at || !from.includes(at.state)) return null;
    return { set: { [`${path}.state`]: to, [`${path}.note`]: plain({ ...at.note, ...note }) } };
  });
}

export async function repart(place: Place, { projection, generation }: Ref, parts: number, fence: number): Promise<boolean> {
  const path = `generations.${generationKey(generation)}`;
  return change(place, projection, found => {
    const at = kept(found, generation);
    const position = at?.parts[0]?.position;
    if (!at || position === undefined || at.parts.some(part => part.position !== position)) return null;
    const leases = found.leases?.[generationKey(generation)] ?? {};
    if (fence < Math.max(leases[partKey(0)]?.fence ?? 0, at.parts[0]!.fence)) return null;
    // Whoever writes another part would go on with another share of the keys than it is now.
    const others = Array.from({ length: Math.max(at.parts.length, parts) - 1 }, (_, index) => partKey(index + 1));
    const leaseAt = (part: string) => `leases.${generationKey(generation)}.${part}`;
    const taken = others.filter(part => leases[part]);
    const fenceOf = (part: string) => (leases[part] ? leases[part].fence + 1 : 0);
    return {
      where: {
        ...Object.fromEntries(at.parts.map((part, index) => [`${path}.parts.${index}.position`, part.position])),
        ...Object.fromEntries([partKey(0), ...others].map(part => [`${leaseAt(part)}.fence`, leases[part]?.fence ?? null])),
      },
      set: {
        [`${path}.parts`]: Array.from({ length: parts }, (_, part) =>
          part === 0
            ? { position, tally: sumOf(at.parts.map(({ tally }) => tally)), fence }
            : { position, tally: {}, fence: fenceOf(partKey(part)) },
        ),
        ...Object.fromEntries(taken.map(part => [`${leaseAt(part)}.owner`, null])),
      },
      increase: {
        [`${path}.epoch`]: 1,
        ...Object.fromEntries(taken.flatMap(part => ['fence', 'beat'].map(name => [`${leaseAt(part)}.${name}`, 1]))),
      },
    };
  });
}

/** One update: a reader finds the old one active, or the new one. */
export async function activate(place: Place, at: Ref, from: readonly GenerationState[]): Promise<boolean> {
  const done = await change(place, at.projection, found => {
    const state = kept(found, at.generation)?.state;
    if (!state || !from.includes(state)) return null;
    const set: Record<string, unknown> = {};
    const unset: string[] = [];
    for (const generation of numbersOf(found)) {
      const path = `generations.${generationKey(generation)}`;
      const before = kept(found, generation)!.state;
      if (generation === at.generation) set[`${path}.state`] = 'active';
      else if (before === 'active') set[`${path}.state`] = 'retiring';
      else if (before === 'retiring') unset.push(path, `leases.${generationKey(generation)}`);
    }
    return { set, ...(unset.length > 0 ? { unset } : {}) } satisfies Change;
  });
  if (done) await sweep(place, at.projection);
  return done;
}

export async function drop(place: Place, at: Ref): Promise<boolean> {
  const key = generationKey(at.generation);
  const dropped = await change(place, at.projection, found => {
    const state = kept(found, at.generation)?.state;
    return !state || state === 'active' ? null : { unset: [`generations.${key}`, `leases.${key}`] };
  });
  if (dropped) await sweep(place, at.projection, at.generation);
  return dropped;
}

/** Numbers go on: what is left behind by someone who died in here is never taken for a new generation's. */
export async function dropAll(place: Place): Promise<void> {
  const all = await place.mongo.use(async database => {
    const registry = registryOf(database, place);
    await registry.updateMany({}, { $unset: { generations: '', leases: '' }, $inc: { revision: 1 } });
    return registry.find().toArray();
  });
  for (const { _id, last = 0 } of all) await sweep(place, _id, last);
}

/**
 * Takes away what is of no generation any more: of the one that was just dropped, and what an older one left behind where someone
 * died in between or wrote late. A newer number may be one that is just being made. Nobody reads it: where it cannot be taken away
 * now, or another takes it away at the same moment, what is left of it is left to whoever sweeps next.
 */
async function sweep(place: Place, projection: string, dropped = 0): Promise<void> {
  try {
    const found = await registered(place, projection);
    const there = found ? numbersOf(found) : [];
    const upTo = Math.max(dropped, ...there);
    const prefix = `${place.room}.${projection}.`;
    await place.mongo.use(async database => {
      const names = await database.listCollections({}, { nameOnly: true }).toArray();
      for (const { name } of names) {
        if (!name.startsWith(prefix)) continue;
        const [, number, collection] = /^g(\d+)\.(.+)$/.exec(name.slice(prefix.length)) ?? [];
        if (!collection || Number(number) > upTo || there.includes(Number(number))) continue;
        await documentsOf(database, place, { projection, generation: Number(number) }, collection).drop();
      }
      await lettersOf(database, place).deleteMany({ projection, generation: { $nin: there, $lte: upTo } });
    });
  } catch (error) {
    if (!(error instanceof MongoUnavailable)) throw error;
  }
}
