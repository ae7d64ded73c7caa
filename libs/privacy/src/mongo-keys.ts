import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Database, Mongo } from '#mongo';
import { type Keys, type LogPlace, SubjectIsErased } from './keys.js';
import { type MasterKey, masterNamed, refuseUnknownMaster, unwrap, wrap } from './master-key.js';

const keyBytes = 32;
const rewrappedAtOnce = 500;

interface Wrapped {
  _id: string;
  master: string;
  wrapped: string;
}
/** What is erased keeps its document: nobody is to get a second key under the same name. */
export interface Subject {
  _id: string;
  master: string | null;
  wrapped: string | null;
}

export const subjectsOf = (database: Database) => database.collection<Subject>('keys.subjects');
export const secretsOf = (database: Database) => database.collection<Wrapped>('keys.secrets');
export const erasedOf = (database: Database) => database.collection<LogPlace & { _id: 'erased-up-to' }>('keys.erased');

/**
 * The distributed adapter: three collections of the database. A key is overwritten where it stands; what the server keeps of the bytes
 * before, wrapped, for how long, is its own: docs/adr/0016. The connection is the process's: closing the keys leaves it open.
 * @throws KeysUnusable where none of the master keys opens what is in it; MongoUnavailable
 */
export async function openMongoKeys(mongo: Mongo, masters: readonly MasterKey[]): Promise<Keys> {
  refuseUnknownMaster((await mastersUsed(mongo)).keys(), masters, mongo.shown);
  const [current] = masters as readonly [MasterKey, ...MasterKey[]];
  const kinds = { subjects: subjectsOf, secrets: secretsOf } as const;
  type Kind = keyof typeof kinds;
  const collectionOf = (database: Database, kind: Kind) => kinds[kind](database) as unknown as ReturnType<typeof subjectsOf>;

  const find = (kind: Kind, name: string) => mongo.use(database => collectionOf(database, kind).findOne({ _id: name }));
  const open = (kind: Kind, name: string, { master, wrapped }: Pick<Subject, 'master' | 'wrapped'>): Buffer =>
    unwrap(masterNamed(masters, master!), `${kind}:${name}`, Buffer.from(wrapped!, 'base64'));
  const wrapping = (kind: Kind, name: string, bytes: Uint8Array) => ({
    master: current.id,
    wrapped: wrap(current, `${kind}:${name}`, bytes).toString('base64'),
  });

  /** What is there, else what `make` makes; of several at once the first one's is everybody's. */
  async function findOrMake(kind: Kind, name: string, make: () => Uint8Array): Promise<Buffer | 'erased'> {
    const found = (await find(kind, name)) ?? (await insert(kind, name, wrapping(kind, name, make())));
    return found.wrapped === null ? 'erased' : open(kind, name, found);
  }

  async function insert(kind: Kind, name: string, made: Pick<Subject, 'master' | 'wrapped'>): Promise<Subject> {
    const found = await mongo.use(database => insertOnce(collectionOf(database, kind), { _id: name, ...made }));
    return found ?? (await find(kind, name))!;
  }

  return {
    async keyOf(subject): Promise<KeyObject | 'erased' | 'none'> {
      const found = await find('subjects', subject);
      if (!found) return 'none';
      return found.wrapped === null ? 'erased' : createSecretKey(open('subjects', subject, found));
    },

    async makeKey(subject) {
      const made = await findOrMake('subjects', subject, () => randomBytes(keyBytes));
      if (made === 'erased') throw new SubjectIsErased(subject);
      return createSecretKey(made);
    },

    async destroy(subject) {
      const replaced = () =>
        mongo.use(database => subjectsOf(database).replaceOne({ _id: subject }, { master: null, wrapped: null }));
      if ((await replaced()).matchedCount === 1) return;
      const inserted = await mongo.use(database =>
        insertOnce(subjectsOf(database), { _id: subject, master: null, wrapped: null }),
      );
      // Somebody made a key in between.
      if (!inserted) await replaced();
    },

    async erasedUpTo() {
      const found = await mongo.use(database => erasedOf(database).findOne({ _id: 'erased-up-to' }));
      return found ? { position: found.position, eventId: found.eventId } : null;
    },

    async setErasedUpTo({ position, eventId }) {
      await mongo.use(database =>
        erasedOf(database).replaceOne({ _id: 'erased-up-to' }, { position, eventId }, { upsert: true }),
      );
    },

    async secret(name, make = () => randomBytes(keyBytes)) {
      return (await findOrMake('secrets', name, make)) as Buffer;
    },

    async rewrap() {
      let rewrapped = 0;
      for (const kind of ['subjects', 'secrets'] as const) {
        for (;;) {
          const others = await mongo.use(database =>
            collectionOf(database, kind)
              .find({ master: { $nin: [null, current.id] } }, { limit: rewrappedAtOnce })
              .toArray(),
          );
          if (others.length === 0) break;
          for (const { _id, master, wrapped } of others) {
            const next = wrapping(kind, _id, open(kind, _id, { master, wrapped }));
            // Only what was read: a key that was destroyed meanwhile stays destroyed.
            const { matchedCount } = await mongo.use(database =>
              collectionOf(database, kind).updateOne({ _id, wrapped }, { $set: next }),
            );
            rewrapped += matchedCount;
          }
        }
      }
      return rewrapped;
    },

    async summary() {
      const [held, erased, secrets] = await mongo.use(database =>
        Promise.all([
          subjectsOf(database).countDocuments({ wrapped: { $ne: null } }),
          subjectsOf(database).countDocuments({ wrapped: null }),
          secretsOf(database).countDocuments(),
        ]),
      );
      const wraps = await mastersUsed(mongo);
      return { held, erased, secrets, masters: masters.map(({ id }) => ({ id, wraps: wraps.get(id) ?? 0 })) };
    },

    async close() {},
  };
}

/** Null where a document of that name is there already. */
export async function insertOnce(collection: ReturnType<typeof subjectsOf>, document: Subject): Promise<Subject | null> {
  try {
    await collection.insertOne(document);
    return document;
  } catch (error) {
    if ((error as { code?: unknown }).code === 11000) return null;
    throw error;
  }
}

async function mastersUsed(mongo: Mongo): Promise<Map<string, number>> {
  const used = new Map<string, number>();
  for (const collectionOf of [subjectsOf, secretsOf]) {
    const found = await mongo.use(database =>
      collectionOf(database)
        .aggregate<{ _id: string | null; count: number }>([{ $group: { _id: '$master', count: { $sum: 1 } } }])
        .toArray(),
    );
    for (const { _id, count } of found) if (_id !== null) used.set(_id, (used.get(_id) ?? 0) + count);
  }
  return used;
}
