import type { Connection, mongo } from 'mongoose';
import { MongoUnavailable, MongoUnusable, stoodStill, tooLate, tooOld, translated } from './errors.js';
import { mongoLibrary } from './library.js';
import { type Standing, standing } from './standing.js';
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
  /** How long a server may be silent over any one call. Where the driver itself stands still a call ends after two of them. */
  deadlineMs?: number;
  /** A server that is not reachable yet is waited for, and this is told once, with the sentence; without it, it is refused. */
  waiting?: (why: string) => void;
}

interface Client {
  connection: Connection;
  database: Database;
  standing: Standing;
  /** How each work under way is ended where the client stands still, and how many ticks it has been there for. */
  works: Map<(why: unknown) => void, number>;
}

const defaultDeadlineMs = 10_000;
const selectWithinMs = 3_000;
const heartbeatMs = 10_000;
const leastHeartbeatMs = 500;
const askAgainMs = 500;
const closeWithinMs = 3_000;
const tickMs = 1_000;
/** The driver gives up a command after one, a heartbeat after two at most. */
const deadlinesMax = 2;
/** After a new client could not be had. */
const ticksBetween = 5;
/** MongoDB 5.0. */
const leastWireVersion = 13;

/**
 * Writes are acknowledged by a majority and on its disks, whatever the address says; reads ask the primary. What a client stands still
 * over fails, and it is given up for another as soon as that one is connected: see `standing`.
 * @throws MongoUnusable a wrong address or sign-in, a server too old; MongoUnavailable where nobody waits for it
 */
export async function connectMongo(url: string, { deadlineMs = defaultDeadlineMs, waiting }: MongoOptions = {}): Promise<Mongo> {
  const { shown } = readMongoUrl(url);
  const ticksMax = Math.ceil((deadlinesMax * deadlineMs) / tickMs);
  let client = await connected(url, deadlineMs, waiting);
  let closed = false;
  let replacing: Promise<void> | undefined;
  let why: unknown = stoodStill(shown);
  let rest = 0;

  function tick(): void {
    const { works, standing } = client;
    for (const [end, ticks] of works) works.set(end, ticks + 1);
    if (standing.tick() <= ticksMax) return;
    for (const [end, ticks] of works) if (ticks > ticksMax) end(why);
    if (rest > 0) rest--;
    else replacing ??= replace().finally(() => (replacing = undefined));
  }
  async function replace(): Promise<void> {
    try {
      const another = await open(url, deadlineMs);
      if (closed) return await leave(another.connection);
      const left = client;
      client = another;
      why = stoodStill(shown);
      endWorks(left, why);
      void leave(left.connection);
    } catch (error) {
      why = error;
      rest = ticksBetween;
    }
  }
  const ticking = setInterval(tick, tickMs).unref();

  return {
    shown,
    async use(work) {
      const { database, works } = client;
      let end!: (why: unknown) => void;
      const givenUp = new Promise<never>((_, reject) => works.set((end = reject), 0));
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
      clearInterval(ticking);
      await Promise.all([leave(client.connection), replacing]);
      // Leaving ends every work but one that stands still.
      endWorks(client, stoodStill(shown));
    },
  };
}

function endWorks({ works }: Client, why: unknown): void {
  for (const end of works.keys()) end(why);
}

/** What the driver says goodbye with may stand still as anything else. */
async function leave(connection: Connection): Promise<void> {
  let late: NodeJS.Timeout;
  const leftAlone = new Promise<void>(resolve => (late = setTimeout(resolve, closeWithinMs)));
  await Promise.race([connection.destroy().catch(() => {}), leftAlone]);
  clearTimeout(late!);
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
  // There from the beginning, or not at all where the address is not understood: what stands still may be the first thing it does.
  const client = connection.getClient() as mongo.MongoClient | null;
  const watched = client && standing(client);
  async function greeted(): Promise<Client> {
    await connection.asPromise();
    const db = connection.getClient().db(database);
    await refuseOldServer(db, shown);
    // A server with access control answers anybody's greeting, and nothing else.
    await db.collection('projections').findOne({}, { projection: { _id: 1 } });
    return { connection, database: db, standing: watched!, works: new Map() };
  }
  let late: NodeJS.Timeout;
  const givenUp = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(tooLate(shown)), deadlinesMax * deadlineMs);
  });
  try {
    return await Promise.race([greeted(), givenUp]);
  } catch (error) {
    await leave(connection);
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
