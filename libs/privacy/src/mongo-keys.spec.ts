import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectMongo, type Mongo } from '#mongo';
import { type MongoServer, onMongoServer, startMongoServer, startMongoWire, whyNoMongoServer } from '#testing';
import { keysContract, type KeysFixture, newMaster } from './keys.contract.js';
import { openMongoKeys } from './mongo-keys.js';

const collections = ['keys.subjects', 'keys.secrets', 'keys.erased'];

/** Every document, as the server answers: what its files and its journal keep is for the server’s own administration. */
async function fixtureAt(url: string): Promise<KeysFixture> {
  const opened = [await connectMongo(url)];
  const own = opened[0]!;
  const drop = async () => {
    for (const name of collections) await own.use(database => database.collection(name).deleteMany({}));
  };
  await drop();
  return {
    async open(masters) {
      const mongo = await connectMongo(url);
      opened.push(mongo);
      return openMongoKeys(mongo, masters);
    },
    async bytes() {
      const found = [];
      for (const name of collections) found.push(...(await own.use(database => database.collection(name).find().toArray())));
      // As they stand, and what of them is base64 without it.
      return Buffer.concat(
        found
          .flatMap(one => Object.values(one))
          .flatMap(value => [Buffer.from(String(value)), Buffer.from(String(value), 'base64')]),
      );
    },
    async clean() {
      await drop();
      for (const mongo of opened) await mongo.close();
    },
  };
}

const here = onMongoServer('MongoDB protocol server');
let server: MongoServer;

if (whyNoMongoServer() === undefined) {
  beforeAll(async () => {
    server = await startMongoServer();
  }, 120_000);
  afterAll(() => server?.close());
  keysContract(here, () => fixtureAt(`${server.url}/gongkai`));

  describe(`keys: ${here}`, () => {
    const master = newMaster();
    const wrapped = (mongo: Mongo) =>
      mongo.use(database => database.collection<{ _id: string; wrapped: string | null }>('keys.subjects').find().toArray());

    it('a destroyed key is overwritten in its own document, and no other document holds its bytes', async () => {
      const mongo = await connectMongo(`${server.url}/overwritten`);
      const keys = await openMongoKeys(mongo, [master]);
      await keys.makeKey('p1');
      await keys.makeKey('p2');
      const before = (await wrapped(mongo)).find(({ _id }) => _id === 'p1')!.wrapped!;
      await keys.destroy('p1');
      const after = await wrapped(mongo);
      expect(after.find(({ _id }) => _id === 'p1')).toEqual({ _id: 'p1', master: null, wrapped: null });
      expect(JSON.stringify(after)).not.toContain(before.slice(0, 11));
      await mongo.close();
    });

    it('an erasure whose answer was lost is carried out all the same, and doing it again finishes it', async () => {
      const wire = await startMongoWire(server.url, 'lost');
      const mongo = await connectMongo(wire.url, { deadlineMs: 2_000 });
      const keys = await openMongoKeys(mongo, [master]);
      await keys.makeKey('p1');
      wire.next('update', { then: 'cut-after' });
      await expect(keys.destroy('p1')).rejects.toMatchObject({ name: 'MongoUnavailable' });
      expect(await keys.keyOf('p1')).toBe('erased');
      await keys.makeKey('p2');
      wire.next('update', { then: 'error', code: 14031, codeName: 'OutOfDiskSpace', message: 'disk full' });
      await expect(keys.destroy('p2')).rejects.toMatchObject({ name: 'MongoUnavailable' });
      await keys.destroy('p2');
      expect(await keys.keyOf('p2')).toBe('erased');
      await mongo.close();
      await wire.close();
    }, 60_000);
  });
} else {
  describe.skip(`keys: ${here}`, () => it('has a server to run on', () => {}));
}

const url = process.env['MONGODB_URL'];
if (url) keysContract('MongoDB', () => fixtureAt(`${url.replace(/(\/\/[^/]+)(\/[^?]*)?/, '$1/gongkai_spec')}`));
