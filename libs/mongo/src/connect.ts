import type { Connection, mongo } from 'mongoose';
import { MongoUnavailable, MongoUnusable, neverAnswered, tooOld, translated } from './errors.js';
import { mongoLibrary } from './library.js';
import { underWay } from './under-way.js';
import { readMongoUrl } from './url.js';

export type Database = mongo.Db;

/** One connection (a pool of them) for all of a process that keeps something there. */
export interface Mongo {
  /** Address without user and password. */
  shown: string;
  /** Does something with the database; what the driver throws becomes one sentence. @throws MongoUnavailable, MongoUnusable */
  use<T>(work: (database: Database) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface MongoOptions {
  /** How long any one call may take. */
  deadlineMs?: number;
  /** A server that is not reachable yet is waited for, and this is told once, with the sentence; without it, it is refused. */
  waiting?: (why: string) => void;
}

interface Client {
  connection: Connection;
  database: Database;
  underWay: ReturnType<typeof underWay>;
  /** How each work under way is ended where the client is given up. */
  works: Set<(why: Error) => void>;
}

const defaultDeadlineMs = 10_000;
const selectWithinMs = 3_000;
const heartbeatMs = 10_000;
const leastHeartbeatMs = 500;
const askAgainMs = 500;
const lookMs = 1_000;
/** The driver ends a command after one of its own, a look at a server after less than two. */
const deadlinesMax = 2;
/** MongoDB 5.0. */
const leastWireVersion = 13;

/**
 * Writes are acknowledged by a majority and on its disks, whatever the address says; reads ask the primary. A client that stands still is
 * given up for another as soon as that one is connected: see `underWay`.
 * @throws MongoUnusable a wrong address or sign-in, a server too old; MongoUnavailable where nobody waits for it
 */
export async function connectMongo(url: string, { deadlineMs = defaultDeadlineMs, waiting }: MongoOptions = {}): Promise<Mongo> {
  const { shown } = readMongoUrl(url);
  const looksMax = Math.ceil((deadlinesMax * deadlineMs) / lookMs);
  let client = await connected(url, deadlineMs, waiting);
  let closed = false;
  let replacing = false;

  async function look(): Promise<void> {
    if (client.underWay.look() <= looksMax || replacing) return;
    replacing = true;
    try {
      const another = await open(url, deadlineMs);
      const given = closed ? another : client;
      if (!closed) client = another;
      given.works.forEach(end => end(neverAnswered(shown)));
      await given.connection.close();
    } catch {
      // It is away now: what is under way ends when it is back.
    } finally {
      replacing = false;
    }
  }
  const looking = setInterval(() => void look(), lookMs).unref();

  return {
    shown,
    async use(work) {
      const { database, works } = client;
      let end!: (why: Error) => void;
      const givenUp = new Promise<never>((_, reject) => works.add((end = reject)));
      try {
        return await Promise.race([work(database), givenUp]);
      } catch (error) {
        throw translated(error, shown);
      } finally {
        works.delete(end);
      }
    },
    async close() {
      closed = true;
      clearInterval(looking);
      await client.connection.close();
    },
  };
}

async function connected(url: string, deadlineMs: number, waiting?: (why: string) => void): Promise<Client> {
  for (let told = false; ; told = true) {
    try {
      return await open(url, deadlineMs);
    } catch (error) {
      if (!waiting || !(error instanceof MongoUnavailable)) throw error;
      if (!told) waiting(error.message);
      await new Promise(resolve => setTimeout(resolve, askAgainMs));
    }
  }
}

/** @throws MongoUnusable, MongoUnavailable */
async function open(url: string, deadlineMs: number): Promise<Client> {
  const { database, shown } = readMongoUrl(url);
  const { createConnection } = await mongoLibrary();
  const selectMs = Math.min(selectWithinMs, deadlineMs);
  const connection = createConnection(url, {
    dbName: database,
    appName: 'gongkai',
    // Nothing by itself: mongoose would build indexes at start, and hold commands back silently during an outage.
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    serverSelectionTimeoutMS: selectMs,
    connectTimeoutMS: selectMs,
    heartbeatFrequencyMS: Math.min(heartbeatMs, Math.max(leastHeartbeatMs, deadlineMs)),
    socketTimeoutMS: deadlineMs,
    waitQueueTimeoutMS: deadlineMs,
    ignoreUndefined: true,
    readPreference: 'primary',
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: deadlineMs },
  });
  // Without a listener an error that nobody awaits would end the process; each call tells of its own.
  connection.on('error', () => {});
  async function greeted(): Promise<Client> {
    await connection.asPromise();
    const client = connection.getClient();
    const db = client.db(database);
    await refuseOldServer(db, shown);
    // A server with access control answers anybody's greeting, and nothing else.
    await db.collection('projections').findOne({}, { projection: { _id: 1 } });
    return { connection, database: db, underWay: underWay(client), works: new Set() };
  }
  let late: NodeJS.Timeout;
  const tooLate = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(neverAnswered(shown)), deadlinesMax * deadlineMs);
  });
  try {
    return await Promise.race([greeted(), tooLate]);
  } catch (error) {
    await connection.close();
    throw translated(error, shown);
  } finally {
    clearTimeout(late!);
  }
}

async function refuseOldServer(db: Database, shown: string): Promise<void> {
  // `isMaster` is the older name of the same greeting, which not every server of this protocol has given up.
  const { maxWireVersion = 0 } = (await db.command({ hello: 1 }).catch(() => db.command({ isMaster: 1 }))) as {
    maxWireVersion?: number;
  };
  if (maxWireVersion >= leastWireVersion) return;
  throw new MongoUnusable(tooOld(shown, `线协议 / wire version ${maxWireVersion}`));
}
