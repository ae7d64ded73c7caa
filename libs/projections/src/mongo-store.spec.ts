import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectMongo } from '#mongo';
import { type MongoServer, onMongoServer, startMongoServer, whyNoMongoServer } from '#testing';
import { readStoreContract } from './contract/read-store.js';
import { tallies } from './contract/rebuilding-views.js';
import { buildLeaseOf } from './generations.js';
import { dropMongoViews, openMongoViews } from './mongo-store.js';
import { leaseOf } from './read-store.js';
import { mongoAdapter, mongoFixture } from './mongo.fixture.js';
import { projectionsContract } from './projections.contract.js';

const here = onMongoServer('MongoDB protocol server');
let server: MongoServer;

if (whyNoMongoServer() === undefined) {
  beforeAll(async () => {
    server = await startMongoServer();
  });
  afterAll(() => server?.close());
  readStoreContract(here, () => mongoFixture(`${server.url}/gongkai`));
  projectionsContract(mongoAdapter(here, () => `${server.url}/gongkai`));

  describe(`What a room keeps of its projections: ${here}`, () => {
    it('is taken away as a whole, with the leases; what begins afterwards is never taken for what was there', async () => {
      const mongo = await connectMongo(`${server.url}/dropped`);
      const [room, neighbour] = [openMongoViews(mongo, 'catalogue'), openMongoViews(mongo, 'catalogue-two')];
      const write = { collection: 'tallies', id: 'one', key: 'one', position: 7, doc: { id: 'one' } };
      for (const store of [room, neighbour]) {
        const at = (await store.create(tallies, { parts: 1, goal: 0, state: 'active' }))!;
        const taken = { owner: 'p', fence: 1, beat: 1, beatAt: '' };
        for (const name of [leaseOf(at, 0), buildLeaseOf(at)]) expect(await store.swapLease(name, null, taken)).toBe(true);
        await store.commit(tallies, at, { part: 0, fence: 1, from: 0, to: 7, writes: [write], tally: {} });
      }
      await dropMongoViews(mongo, 'catalogue');
      expect(await room.generations()).toEqual([]);
      const names = (await mongo.use(database => database.listCollections().toArray())).map(({ name }) => name);
      expect(names.filter(name => /^catalogue\..*\.g\d/.test(name))).toEqual([]);
      expect(await neighbour.generations()).toHaveLength(1);
      const anew = (await room.create(tallies, { parts: 1, goal: 0, state: 'active' }))!;
      expect(anew.generation).toBe(2);
      expect([await room.lease(leaseOf(anew, 0)), await room.lease(buildLeaseOf(anew))]).toEqual([null, null]);
      expect(await room.read(tallies, anew, 'tallies', ['one'])).toEqual(new Map());
      await mongo.close();
    });
  });
} else {
  describe.skip(`projections: ${here}`, () => it('has a server to run on', () => {}));
}

const url = process.env['MONGODB_URL'];
if (url) {
  readStoreContract('MongoDB', () => mongoFixture(url));
  projectionsContract(mongoAdapter('MongoDB', () => url));
}
