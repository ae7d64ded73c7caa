import type { Mongo } from '#mongo';
import { type Database, lockDatabase } from '#sqlite';
import { KeysUnavailable, KeysUnusable } from './keys.js';
import { erasedOf, insertOnce, secretsOf, type Subject, subjectsOf } from './mongo-keys.js';

/** How many of each the file held; all of them are on the MongoDB now. */
export interface MovedKeys {
  subjects: number;
  secrets: number;
}

/**
 * Brings the keys of a file to a MongoDB, wrapped as they are: what was erased in either stays erased. Cut short, it goes on when it is
 * asked again. The file must not stay afterwards, for nobody would destroy a key in it any more; that is the caller's.
 * @throws KeysUnavailable while a service has the file open; KeysUnusable where the MongoDB holds the keys of another house;
 * DatabaseUnusable, MongoUnavailable
 */
export async function moveKeys(file: string, mongo: Mongo): Promise<MovedKeys> {
  const source = await lockDatabase(file);
  if (!source) throw new KeysUnavailable(`${file} 正在使用，请先停止服务。 / ${file} is in use; stop the services first.`);
  try {
    const secrets = rowsOf(source, 'SELECT name AS id, master, wrapped FROM secrets');
    const subjects = rowsOf(source, 'SELECT subject AS id, master, wrapped FROM subjects');
    // The house's own first: they tell whether it is the same house, before anything of a person is moved.
    for (const secret of secrets) await put(mongo, secretsOf, secret);
    for (const subject of subjects) await put(mongo, subjectsOf, subject);
    const upTo = source.prepare('SELECT position, event_id AS eventId FROM erased_up_to').get() as
      { position: number; eventId: string } | undefined;
    if (upTo) {
      await mongo.use(database =>
        erasedOf(database).updateOne({ _id: 'erased-up-to' }, { $setOnInsert: { ...upTo } }, { upsert: true }),
      );
    }
    return { subjects: subjects.length, secrets: secrets.length };
  } finally {
    source.close();
  }
}

function rowsOf(source: Database, sql: string): Subject[] {
  const rows = source.prepare(sql).all() as { id: string; master: string | null; wrapped: Uint8Array | null }[];
  return rows.map(({ id, master, wrapped }) => ({
    _id: id,
    master,
    wrapped: wrapped && Buffer.from(wrapped).toString('base64'),
  }));
}

async function put(mongo: Mongo, of: typeof subjectsOf | typeof secretsOf, moved: Subject): Promise<void> {
  const collectionOf = of as typeof subjectsOf;
  const { _id, ...fields } = moved;
  if (await mongo.use(database => insertOnce(collectionOf(database), moved))) return;
  if (fields.wrapped === null) {
    await mongo.use(database => collectionOf(database).replaceOne({ _id }, fields));
    return;
  }
  const there = await mongo.use(database => collectionOf(database).findOne({ _id }));
  if (!there || there.wrapped === null || there.wrapped === fields.wrapped) return;
  throw new KeysUnusable(
    `${mongo.shown} 里已有另一套密钥（${_id}），没有移入：请换一个数据库。 / ${mongo.shown} holds other keys already (${_id}); none was replaced. Choose another database.`,
  );
}
