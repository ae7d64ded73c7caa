import { afterAll, beforeAll, describe } from '@jest/globals';
import { connectMongo, type Mongo } from '#mongo';
import { type MongoServer, onMongoServer, startMongoServer, whyNoMongoServer } from '#testing';
import { type ReadStoreFixture, readStoreContract } from './contract/read-store.js';
import { openMongoViews } from './mongo-store.js';

let run = 0;

/** A room of its own in the database of the address; `clean` takes it away. */
async function fixtureAt(url: string): Promise<ReadStoreFixture> {
  const room = `spec-${process.pid}-${++run}`;
  const opened: Mongo[] = [];
  const connected = async () => {
    const mongo = await connectMongo(url);
    opened.push(mongo);
    return mongo;
  };
  const names = async (prefix: string) =>
    (await opened[0]!.use(database => database.listCollections({}, { nameOnly: true }).toArray()))
      .map(({ name }) => name)
      .filter(name => name.startsWith(`${room}.${prefix}`));
  return {
    open: async () => openMongoViews(await connected(), room),
    places: generation => names(`notices.g${generation}.`),
    async clean() {
      for (const name of await names('')) await opened[0]!.use(database => database.collection(name).drop());
      for (const mongo of opened) await mongo.close();
    },
  };
}

(whyNoMongoServer() === undefined ? describe : describe.skip)(onMongoServer('MongoDB protocol'), () => {
  let server: MongoServer;
  beforeAll(async () => {
    server = await startMongoServer();
  }, 120_000);
  afterAll(() => server?.close());
  readStoreContract('MongoDB protocol server', () => fixtureAt(`${server.url}/gongkai`));
});

const url = process.env['MONGODB_URL'];
if (url) readStoreContract('MongoDB', () => fixtureAt(url));
