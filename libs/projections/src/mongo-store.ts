import type { Mongo } from '#mongo';
import { commit } from './mongo-commit.js';
import { cursorOf, queryOf } from './mongo-find.js';
import { activate, create, drop, dropAll, generationsIn, kept, move, repart } from './mongo-generations.js';
import { finish, mustBeThere } from './mongo-indexes.js';
import { leaseIn, pause, pausedIn, swapLease } from './mongo-leases.js';
import { documentsOf, type KeptBson, lettersOf, type Place, registered, schemaOf } from './mongo-registry.js';
import type { Find, ProjectionSchema, View } from './projection.js';
import {
  type DeadLetter,
  type DeadLetterCount,
  type DeadLettersWhere,
  GenerationGone,
  type KeptDoc,
  type ReadStore,
  type Ref,
} from './read-store.js';

/**
 * The distributed read store: a room's collections in a MongoDB. What is registered of a projection is one document, each generation
 * has collections of its own. The connection is the process's: closing the store leaves it open.
 */
export function openMongoViews(mongo: Mongo, room: string): ReadStore {
  const place: Place = { mongo, room };
  return {
    atomic: false,
    generations: () => generationsIn(place),
    create: (projection, wanted) => create(place, projection, wanted),
    move: (at, from, to, note) => move(place, at, from, to, note),
    repart: (at, parts, fence) => repart(place, at, parts, fence),
    async finish(projection, at) {
      await mustBeThere(place, at);
      await finish(place, projection, at);
    },
    activate: (at, from) => activate(place, at, from),
    drop: at => drop(place, at),
    pause: (projection, paused) => pause(place, projection, paused),
    paused: () => pausedIn(place),
    lease: name => leaseIn(place, name),
    swapLease: (name, seen, next) => swapLease(place, name, seen, next),
    read: (projection, at, collection, ids) => reading(place, at, () => readIn(place, projection, at, collection, ids)),
    page: (projection, at, collection, after, limit) =>
      reading(place, at, () => pageIn(place, projection, at, collection, after, limit)),
    commit: (projection, at, batch) => commit(place, projection, at, batch),
    deadLetters: where => deadLettersIn(place, where),
    countDeadLetters: where => deadLetterCounts(place, where),
    view: (projection, at) => viewOf(place, projection, at),
    async close() {},
  };
}

/** Takes away every generation of a room's projections, which then begin anew. Nobody may be running them. */
export function dropMongoViews(mongo: Mongo, room: string): Promise<void> {
  return dropAll({ mongo, room });
}

function viewOf(place: Place, projection: ProjectionSchema, at: Ref): View {
  const documents = <T>(collection: string, work: (found: ReturnType<typeof documentsOf>) => Promise<T>) =>
    reading(place, at, () => {
      schemaOf(projection, collection);
      return place.mongo.use(database => work(documentsOf(database, place, at, collection)));
    });
  return {
    get: <D>(collection: string, id: string) =>
      documents(collection, async found => ((await found.findOne({ _id: id }))?.doc ?? null) as D | null),
    find: async <D>(collection: string, { limit, ...find }: Find) => {
      const query = queryOf(find);
      if (!query) return { items: [], next: null };
      return documents(collection, async found => {
        // In one answer, so that nothing moves in between.
        const batch = { limit: limit + 1, batchSize: limit + 1 };
        const rows = await found
          .find(query.filter as object, batch)
          .sort(query.order)
          .toArray();
        const last = rows.length > limit ? rows[limit - 1] : undefined;
        return { items: rows.slice(0, limit).map(({ doc }) => doc as D), next: last ? cursorOf(find, last) : null };
      });
    },
    count: async (collection, find = {}) => {
      const query = queryOf(find);
      return query ? documents(collection, found => found.countDocuments(query.filter as object)) : 0;
    },
    position: async () => {
      const found = await registered(place, at.projection);
      const generation = found && kept(found, at.generation);
      if (!generation) throw new GenerationGone(`${at.projection} generation ${at.generation} was dropped`);
      return generation.parts.length > 0 ? Math.min(...generation.parts.map(({ position }) => position)) : null;
    },
  };
}

/**
 * Reads of one generation. Whether it is still there is asked afterwards: it goes from the registry first, so what was read of one
 * that is there was whole. A collection that is not there answers as an empty one does.
 */
async function reading<T>(place: Place, at: Ref, read: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await read();
  } catch (error) {
    await mustBeThere(place, at);
    throw error;
  }
  await mustBeThere(place, at);
  return result;
}

const keptOf = ({ _id, key, position, doc }: KeptBson): KeptDoc => ({ id: _id, key, position, doc });
const withoutSearch = { tokens: 0, text: 0 } as const;

async function readIn(place: Place, projection: ProjectionSchema, at: Ref, collection: string, ids: readonly string[]) {
  schemaOf(projection, collection);
  const found = await place.mongo.use(database =>
    documentsOf(database, place, at, collection)
      .find({ _id: { $in: [...ids] } }, { projection: withoutSearch })
      .toArray(),
  );
  return new Map(found.map(one => [one._id, keptOf(one)]));
}

async function pageIn(
  place: Place,
  projection: ProjectionSchema,
  at: Ref,
  collection: string,
  after: string | null,
  limit: number,
) {
  schemaOf(projection, collection);
  const past = after === null ? {} : { _id: { $gt: after } };
  const found = await place.mongo.use(database =>
    documentsOf(database, place, at, collection)
      .find({ doc: { $ne: null }, ...past }, { projection: withoutSearch, limit })
      .sort({ _id: 1 })
      .toArray(),
  );
  return found.map(keptOf);
}

function lettersWhere({ projection, generation, states }: DeadLettersWhere) {
  return {
    ...(projection === undefined ? {} : { projection }),
    ...(generation === undefined ? {} : { generation }),
    ...(states ? { state: { $in: [...states] } } : {}),
  };
}

async function deadLettersIn(place: Place, where: DeadLettersWhere = {}): Promise<DeadLetter[]> {
  const found = await place.mongo.use(database =>
    lettersOf(database, place).find(lettersWhere(where)).sort({ projection: 1, generation: 1, position: 1 }).toArray(),
  );
  return (await ofThoseThere(place, found)).map(({ letter }) => letter as DeadLetter);
}

async function deadLetterCounts(place: Place, where: DeadLettersWhere = {}): Promise<DeadLetterCount[]> {
  const by = { projection: '$projection', generation: '$generation', state: '$state' };
  const found = await place.mongo.use(database =>
    lettersOf(database, place)
      .aggregate<{ _id: Omit<DeadLetterCount, 'count'>; count: number }>([
        { $match: lettersWhere(where) },
        { $group: { _id: by, count: { $sum: 1 } } },
        { $sort: { '_id.projection': 1, '_id.generation': 1, '_id.state': 1 } },
      ])
      .toArray(),
  );
  return ofThoseThere(
    place,
    found.map(({ _id, count }) => ({ ..._id, count })),
  );
}

/** Of a generation that was dropped they may be taken away a little later than it. */
async function ofThoseThere<T extends Ref>(place: Place, found: readonly T[]): Promise<T[]> {
  const there = new Set((await generationsIn(place)).map(one => `${one.projection}/${one.generation}`));
  return found.filter(one => there.has(`${one.projection}/${one.generation}`));
}
