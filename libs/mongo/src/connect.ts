import type { mongo } from 'mongoose';
import { MongoUnavailable, MongoUnusable, tooOld, translated } from './errors.js';
import { mongoLibrary } from './library.js';
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

const defaultDeadlineMs = 10_000;
const selectWithinMs = 3_000;
const askAgainMs = 500;
/** MongoDB 5.0. */
const leastWireVersion = 13;

/**
 * Writes are acknowledged by a majority and on its disks, whatever the address says; reads ask the primary.
 * @throws MongoUnusable a wrong address or sign-in, a server too old; MongoUnavailable where nobody waits for it
 */
export async function connectMongo(url: string, { deadlineMs = defaultDeadlineMs, waiting }: MongoOptions = {}): Promise<Mongo> {
  const { database, shown } = readMongoUrl(url);
  const { createConnection } = await mongoLibrary();
  const selectMs = Math.min(selectWithinMs, deadlineMs);
  for (let told = false; ; told = true) {
    const connection = createConnection(url, {
      dbName: database,
      appName: 'gongkai',
      // Nothing by itself: mongoose would build indexes at start, and hold commands back silently during an outage.
      autoIndex: false,
      autoCreate: false,
      bufferCommands: false,
      serverSelectionTimeoutMS: selectMs,
      connectTimeoutMS: selectMs,
      socketTimeoutMS: deadlineMs,
      waitQueueTimeoutMS: deadlineMs,
      ignoreUndefined: true,
      readPreference: 'primary',
      writeConcern: { w: 'majority', journal: true, wtimeoutMS: deadlineMs },
    });
    // Without a listener an error that nobody awaits would end the process; each call tells of its own.
    connection.on('error', () => {});
    try {
      await connection.asPromise();
      const db = connection.getClient().db(database);
      await refuseOldServer(db, shown);
      // A server with access control answers anybody's greeting, and nothing else.
      await db.collection('projections').findOne({}, { projection: { _id: 1 } });
      return {
        shown,
        async use(work) {
          try {
            return await work(db);
          } catch (error) {
            throw translated(error, shown);
          }
        },
        close: () => connection.close(),
      };
    } catch (error) {
      await connection.close();
      const said = translated(error, shown);
      if (!waiting || !(said instanceof MongoUnavailable)) throw said;
      if (!told) waiting(said.message);
      await new Promise(resolve => setTimeout(resolve, askAgainMs));
    }
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
