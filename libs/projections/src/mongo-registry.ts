import type { Database, Mongo } from '#mongo';
import type { ProjectionSchema } from './projection.js';
import type { GenerationNote, GenerationState, Lease, Paused, Ref, Tally } from './read-store.js';

/** One room's part of a database: its collections begin with the room's name. */
export interface Place {
  mongo: Mongo;
  room: string;
}

/**
 * All that is registered of one projection, in one document, since one document is all that changes at once: a switch, a
 * checkpoint under its lease, a new number of parts are each one update.
 */
export interface Registered {
  _id: string;
  /** Rises with every change, except of checkpoints, leases and pauses, which guard themselves. */
  revision?: number;
  /** Generation's number last given: none is given twice. */
  last?: number;
  generations?: Record<string, Kept>;
  /** By generation and part. */
  leases?: Record<string, Record<string, Lease>>;
  /** Of a name that is no part's. */
  lease?: Lease;
  paused?: Paused;
}

export interface Kept {
  version: number;
  state: GenerationState;
  goal: number;
  note: GenerationNote;
  collections: string[];
  /** How often the number of parts changed: fences of different parts do not compare. */
  epoch: number;
  parts: Part[];
}

export interface Part {
  position: number;
  tally: Tally;
  fence: number;
}

export const generationKey = (generation: number) => `g${generation}`;
export const partKey = (part: number | string) => `p${part}`;

export function registryOf(database: Database, { room }: Place) {
  return database.collection<Registered>(`${room}.projections`);
}

export function lettersOf(database: Database, { room }: Place) {
  return database.collection<KeptLetter>(`${room}.dead-letters`);
}

export interface KeptLetter extends Ref {
  _id: string;
  position: number;
  state: string;
  stamp: number;
  letter: object;
}

/** A document of a view. Removed ones stay, with `doc` null: their position still matters. */
export interface KeptBson {
  _id: string;
  key: string;
  position: number;
  /** Epoch and fence of whoever wrote it, as one number that only rises for one key. */
  stamp: number;
  doc: Record<string, unknown> | null;
  /** What the search looks in: pairs of characters and words, and the same text to find a phrase in. */
  tokens?: string[];
  text?: string;
}

export function documentsOf(database: Database, { room }: Place, { projection, generation }: Ref, collection: string) {
  return database.collection<KeptBson>(`${room}.${projection}.${generationKey(generation)}.${collection}`);
}

const fences = 2 ** 32;
export const stampOf = ({ epoch }: Kept, fence: number) => epoch * fences + fence;

export function registered({ mongo, ...place }: Place, projection: string): Promise<Registered | null> {
  return mongo.use(database => registryOf(database, { mongo, ...place }).findOne({ _id: projection }));
}

export interface Change {
  /** What must still be so, beside what every change checks. */
  where?: Record<string, unknown>;
  set?: Record<string, unknown>;
  unset?: readonly string[];
  increase?: Record<string, number>;
}

/** One update, decided from what is registered, and again from its beginning where another was quicker. False: decided against. */
export async function change(place: Place, projection: string, decide: (found: Registered) => Change | null): Promise<boolean> {
  for (;;) {
    const found = await registered(place, projection);
    const decided = found && decide(found);
    if (!decided) return false;
    const { where, set, unset, increase } = decided;
    const { matchedCount } = await place.mongo.use(database =>
      registryOf(database, place).updateOne(
        { _id: projection, revision: found.revision ?? null, ...where } as object,
        {
          ...(set ? { $set: set } : {}),
          ...(unset ? { $unset: Object.fromEntries(unset.map(path => [path, ''])) } : {}),
          $inc: { revision: 1, ...increase },
        } as object,
      ),
    );
    if (matchedCount === 1) return true;
  }
}

export function schemaOf({ name, collections }: ProjectionSchema, collection: string) {
  const schema = collections[collection];
  if (!schema) throw new Error(`${name} has no collection ${collection}`);
  return schema;
}

/** What is kept is what JSON makes of it, on every engine. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Whether an insertion met a document of the same id. */
export function isDuplicate(error: unknown): boolean {
  return (error as { code?: unknown }).code === 11000;
}
