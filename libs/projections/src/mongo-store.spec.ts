import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { type MongoServer, onMongoServer, startMongoServer, whyNoMongoServer } from '#testing';
import { readStoreContract } from './contract/read-store.js';
import { mongoAdapter, mongoFixture } from './mongo.fixture.js';
import { projectionsContract } from './projections.contract.js';

const here = onMongoServer('MongoDB protocol server');
let server: MongoServer;

if (whyNoMongoServer() === undefined) {
  beforeAll(async () => {
    server = await startMongoServer();
  }, 120_000);
  afterAll(() => server?.close());
  readStoreContract(here, () => mongoFixture(`${server.url}/gongkai`));
  projectionsContract(mongoAdapter(here, () => `${server.url}/gongkai`));
} else {
  describe.skip(`projections: ${here}`, () => it('has a server to run on', () => {}));
}

const url = process.env['MONGODB_URL'];
if (url) {
  readStoreContract('MongoDB', () => mongoFixture(url));
  projectionsContract(mongoAdapter('MongoDB', () => url));
}
