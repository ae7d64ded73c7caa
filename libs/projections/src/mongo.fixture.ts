import { connectMongo, type Mongo, type MongoOptions } from '#mongo';
import type { ReadStoreFixture } from './contract/read-store.js';
import { openMongoViews } from './mongo-store.js';

let run = 0;

/** A room of its own in the database of the address, with a connection for each who opens it; `clean` takes it away. */
export async function mongoFixture(url: string, options: MongoOptions & { room?: string } = {}): Promise<ReadStoreFixture> {
  const { room = `spec-${process.pid}-${++run}` } = options;
  const opened: Mongo[] = [];
  const own = await connectMongo(url);
  const names = async (prefix: string) =>
    (await own.use(database => database.listCollections({}, { nameOnly: true }).toArray()))
      .map(({ name }) => name)
      .filter(name => name.startsWith(`${room}.${prefix}`));
  return {
    async open() {
      const mongo = await connectMongo(url, options);
      opened.push(mongo);
      return openMongoViews(mongo, room);
    },
    places: generation => names(`notices.g${generation}.`),
    async clean() {
      for (const name of await names('')) await own.use(database => database.collection(name).drop());
      for (const mongo of [own, ...opened]) await mongo.close();
    },
  };
}
