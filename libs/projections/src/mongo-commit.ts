import type { Database } from '#mongo';
import {
  documentsOf,
  generationKey,
  type KeptBson,
  lettersOf,
  partKey,
  type Place,
  plain,
  registered,
  registryOf,
  schemaOf,
  stampOf,
} from './mongo-registry.js';
import { kept } from './mongo-generations.js';
import type { Doc, ProjectionSchema } from './projection.js';
import { type Batch, type DeadLetter, leaseOf, type Ref, StaleFence, type Write } from './read-store.js';
import { searchRuns, searchTokens } from './text-search.js';

/** As many documents at a time as a slow server writes within one call's deadline. */
const writesACall = 500;

/**
 * One document is all that changes at once. So documents come first, each guarded by its position and by who wrote it; then dead
 * letters; then the checkpoint, which is moved by compare-and-set under its lease. Whoever dies in between, or writes late, has changed
 * nothing that the next one would not write the same.
 */
export async function commit(place: Place, projection: ProjectionSchema, at: Ref, batch: Batch): Promise<void> {
  const { part, fence, from, writes, deadLetters = [] } = batch;
  const found = await registered(place, at.projection);
  const generation = found && kept(found, at.generation);
  const checkpoint = generation?.parts[part];
  const lease = found?.leases?.[generationKey(at.generation)]?.[partKey(part)];
  // Asked before too, not only with the checkpoint: who is too late need not write at all.
  if (!generation || checkpoint?.position !== from || fence < Math.max(checkpoint.fence, lease?.fence ?? 0))
    throw stale(at, batch);
  const stamp = stampOf(generation, fence);

  for (const [collection, same] of byCollection(writes)) {
    const { text } = schemaOf(projection, collection);
    const guarded = same.map(write => guardedWrite(write, stamp, text, batch.repair ?? false));
    await inSteps(guarded, some =>
      place.mongo.use(database => writeAll(documentsOf(database, place, at, collection), some, () => stale(at, batch))),
    );
  }
  await inSteps(
    deadLetters.map(letter => guardedLetter(letter, stamp)),
    some => place.mongo.use(database => writeAll(lettersOf(database, place), some, () => stale(at, batch))),
  );
  if (!(await place.mongo.use(database => moveCheckpoint(database, place, at, batch, generation.epoch)))) throw stale(at, batch);
}

async function moveCheckpoint(
  database: Database,
  place: Place,
  { projection, generation }: Ref,
  { part, fence, from, to, tally }: Batch,
  epoch: number,
): Promise<boolean> {
  const path = `generations.${generationKey(generation)}`;
  const { matchedCount } = await registryOf(database, place).updateOne(
    {
      _id: projection,
      [`${path}.epoch`]: epoch,
      [`${path}.parts.${part}.position`]: from,
      [`${path}.parts.${part}.fence`]: { $lte: fence },
      [`leases.${generationKey(generation)}.${partKey(part)}.fence`]: { $not: { $gt: fence } },
    } as object,
    { $set: { [`${path}.parts.${part}`]: { position: to, tally: plain(tally), fence } } } as object,
  );
  return matchedCount === 1;
}

function stale(at: Ref, { part, from, fence }: Batch): StaleFence {
  return new StaleFence(`${leaseOf(at, part)}: another owner, or not at ${from} any more (fence ${fence})`);
}

interface Stamped {
  _id: string;
  position: number;
  stamp: number;
}

interface Guarded<T extends Stamped> {
  id: string;
  /** Applied where the document has neither this position nor a later one; always where null. */
  position: number | null;
  stamp: number;
  document: Omit<T, '_id'>;
}

function guardedWrite(
  { id, key, position, doc }: Write,
  stamp: number,
  text: readonly string[] | undefined,
  repair: boolean,
): Guarded<KeptBson> {
  const searched = text && doc ? searchedIn(doc, text) : {};
  return {
    id,
    position: repair ? null : position,
    stamp,
    document: { key, position, stamp, doc: doc && plain(doc), ...searched },
  };
}

function searchedIn(doc: Doc, fields: readonly string[]): Pick<KeptBson, 'tokens' | 'text'> {
  const texts = fields.map(field => doc[field]).filter(value => typeof value === 'string');
  return {
    tokens: [...new Set(texts.flatMap(text => searchTokens(text).match(/\S+/g) ?? []))],
    text: texts.flatMap(searchRuns).join(' '),
  };
}

function guardedLetter(letter: DeadLetter, stamp: number): Guarded<Stamped & Ref & { state: string; letter: object }> {
  const { projection, generation, position, state } = letter;
  return {
    id: `${projection}/${generation}/${position}`,
    position: null,
    stamp,
    document: { projection, generation, position, state, stamp, letter: plain(letter) },
  };
}

function byCollection(writes: readonly Write[]): Map<string, Write[]> {
  const found = new Map<string, Write[]>();
  for (const write of writes) {
    const same = found.get(write.collection);
    if (same) same.push(write);
    else found.set(write.collection, [write]);
  }
  return found;
}

async function inSteps<T>(all: readonly T[], step: (some: readonly T[]) => Promise<void>): Promise<void> {
  for (let done = 0; done < all.length; done += writesACall) await step(all.slice(done, done + writesACall));
}

/** A collection as far as it is needed here: the driver's types do not follow what is general over documents. */
interface Writable {
  bulkWrite(operations: never[], options: { ordered: false }): Promise<unknown>;
  find(filter: never, options: { projection: Record<string, 1> }): { toArray(): Promise<unknown[]> };
}

/** Each as one replacement, in any order: no two are of one document. */
async function writeAll<T extends Stamped>(
  collection: Writable,
  wanted: readonly Guarded<T>[],
  stale: () => StaleFence,
): Promise<void> {
  for (let left = wanted; left.length > 0;) {
    const operations = left.map(({ id, position, stamp, document }) => ({
      replaceOne: {
        filter: { _id: id, stamp: { $lte: stamp }, ...(position === null ? {} : { position: { $lt: position } }) },
        replacement: document,
        upsert: true,
      },
    }));
    const refused = await bulk(() => collection.bulkWrite(operations as never[], { ordered: false }));
    const ids = refused.map(index => left[index]!.id);
    if (ids.length === 0) return;
    // Where the guard did not hold the server tried to insert, and met the document: it is as far already, or a newer owner's.
    const found = (await collection
      .find({ _id: { $in: ids } } as never, { projection: { position: 1, stamp: 1 } })
      .toArray()) as Stamped[];
    const there = new Map(found.map(one => [one._id, one]));
    left = refused.flatMap(index => {
      const write = left[index]!;
      const other = there.get(write.id);
      if (other && other.stamp > write.stamp) throw stale();
      return other && write.position !== null && other.position >= write.position ? [] : [write];
    });
  }
}

interface BulkError {
  writeErrors?: WriteError | WriteError[];
  result?: { getWriteConcernError?(): unknown };
}
interface WriteError {
  index: number;
  code: number;
}

/** Which of them met a document of the same id. @throws whatever else went wrong with any of them */
async function bulk(write: () => Promise<unknown>): Promise<number[]> {
  try {
    await write();
    return [];
  } catch (error) {
    const { writeErrors = [], result } = error as BulkError;
    const errors = [writeErrors].flat();
    if (errors.length === 0 || result?.getWriteConcernError?.() || errors.some(({ code }) => code !== 11000))
      throw worst(error, errors);
    return errors.map(({ index }) => index);
  }
}

/** The driver gives the whole the code of the first, which may be a document that was there. */
function worst(error: unknown, errors: readonly WriteError[]): unknown {
  const other = errors.find(({ code }) => code !== 11000) as (WriteError & { errmsg?: string }) | undefined;
  if (!other || !(error instanceof Error)) return error;
  return Object.assign(error, { code: other.code, message: other.errmsg ?? error.message });
}
