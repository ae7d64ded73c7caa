import { connectMongo, type Mongo, type MongoOptions } from '#mongo';
import { startMongoWire } from '#testing';
import type { ReadStoreFixture } from './contract/read-store.js';
import { openMongoViews } from './mongo-store.js';
import type { Adapter, Fixture } from './projections.contract.js';

let run = 0;

/** A room of its own in the database of the address, with a connection for each who opens it; `clean` takes it away. */
export async function mongoFixture(url: string, options: MongoOptions & { room?: string } = {}): Promise<ReadStoreFixture> {
  const { room = `spec-${process.pid}-${++run}`, ...connection } = options;
  const opened: Mongo[] = [];
  const own = await connectMongo(url);
  const names = async (prefix: string) =>
    (await own.use(database => database.listCollections({}, { nameOnly: true }).toArray()))
      .map(({ name }) => name)
      .filter(name => name.startsWith(`${room}.${prefix}`));
  return {
    async open() {
      const mongo = await connectMongo(url, connection);
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

const unwirable =
  'the address is that of a cluster or of TLS, and nothing of the test can stand between; the faults are met on one server';

/** The projections' contract on the server of the address. What harms it stands between, so that the server itself is left alone. */
export function mongoAdapter(name: string, url: () => string): Adapter {
  const cluster = () => /^mongodb\+srv:|^[^/]*\/\/[^/]*,|[?&](tls|ssl)=true/.test(url());
  return {
    name,
    fixture: () => (cluster() ? besideCluster(url()) : overWire(url())),
    declared: name === 'MongoDB' && cluster() ? { 'PR-21': unwirable, 'PR-43': unwirable } : {},
  };
}

async function overWire(url: string): Promise<Fixture> {
  const database = new URL(url).pathname.slice(1) || 'gongkai';
  const wire = await startMongoWire(url, database);
  const room = `spec-${process.pid}-${++run}`;
  // An outage is told before anybody who waits for it has lost patience.
  const { open, clean } = await mongoFixture(wire.url, { room, deadlineMs: 5_000 });
  return {
    open,
    breakOff: () => wire.down(),
    mend: () => wire.up(),
    async clean() {
      await clean();
      await wire.close();
    },
    opener: openerOf(wire.url, room),
  };
}

async function besideCluster(url: string): Promise<Fixture> {
  const room = `spec-${process.pid}-${++run}`;
  const { open, clean } = await mongoFixture(url, { room });
  const never = async () => {
    throw new Error(unwirable);
  };
  return { open, clean, breakOff: never, mend: never, opener: openerOf(url, room) };
}

export function openerOf(url: string, room: string): Fixture['opener'] {
  return { module: new URL('./contract/mongo-opener.js', import.meta.url).href, argument: JSON.stringify({ url, room }) };
}
