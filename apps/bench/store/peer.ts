import { join } from 'node:path';
import { openSqliteEventStore } from '#event-store';
import { onTask } from '../children.js';
import { loadPeer } from '../peers.js';
import { caseloadOf, type Work } from './caseload.js';
import { inTurns, type Pairs } from './pairs.js';
import { callers, inHand, manyCallers, oneByOne } from './ways.js';

/** The part of @event-driven-io/emmett-sqlite used here; it is installed by the benchmark alone. */
interface Emmett {
  getSQLiteEventStore(options: { fileName: string }): {
    appendToStream(stream: string, events: object[], options: object): Promise<unknown>;
  };
  sqliteConnection(options: { fileName: string }): Connection;
  createEventStoreSchema(connection: Connection): Promise<void>;
  appendToStream(connection: Connection, stream: string, type: string, events: object[], options: object): Promise<Result>;
}
interface Connection {
  command(sql: string): Promise<unknown>;
}
interface Result {
  success: boolean;
}

export interface PeerTask {
  folder: string;
  /** Where its packages are. */
  packages: string;
  what: 'one' | 'retrying' | 'queueing';
  rounds: number;
}

onTask<PeerTask, Pairs>(async ({ folder, packages, what, rounds }) => {
  const emmett = await loadPeer<Emmett>(packages);
  const store = await openSqliteEventStore(join(folder, 'ours.db'));
  const file = join(folder, 'peer.db');
  const ours = ({ stream, event, expected }: Work) => store.append(stream, [event], expected);
  const caseload = () => caseloadOf({ seed: 1, open: inHand });
  if (what === 'one') {
    return inTurns(rounds, oneByOne(caseload(), 300, ours), oneByOne(caseload(), 100, documented(emmett, file)));
  }
  const [each, append] = what === 'retrying' ? [3, await retrying(emmett, file)] : [15, await queueing(emmett, file)];
  return inTurns(rounds, manyCallers(50, ours), manyCallers(each, append), 1);
});

/** As its documentation shows it. */
function documented({ getSQLiteEventStore }: Emmett, fileName: string) {
  const store = getSQLiteEventStore({ fileName });
  return (work: Work) => untilFree(() => store.appendToStream(work.stream, [messageOf(work)], expectationOf(work)));
}

/**
 * A connection for each caller, and again after a short random wait where the file is locked. The documented store cannot be
 * measured so: it opens the file for each append and blocks its four threads for a second where it is locked, and of 64 callers one
 * append comes through in seconds.
 */
async function retrying({ sqliteConnection, createEventStoreSchema, appendToStream }: Emmett, fileName: string) {
  const connections = Array.from({ length: callers }, () => sqliteConnection({ fileName }));
  await createEventStoreSchema(connections[0]!);
  for (const connection of connections) await connection.command('PRAGMA busy_timeout = 0');
  return (work: Work, caller: number) =>
    untilFree(async () =>
      stored(await appendToStream(connections[caller]!, work.stream, typeOf(work), [messageOf(work)], expectationOf(work))),
    );
}

/** Its store meets a lock now and then even of a single caller: the pragma it opens with is still running when it commits. */
async function untilFree<T>(append: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await append();
    } catch (error) {
      // After a BEGIN that met the lock it rolls back what was never begun, and says only that.
      if (!/SQLITE_BUSY|cannot rollback/.test(String(error))) throw error;
    }
    await new Promise(resolve => setTimeout(resolve, Math.random() * 5));
  }
}

/** One connection for all, and a queue before it: what serves it best, and its user has to write. */
async function queueing({ sqliteConnection, createEventStoreSchema, appendToStream }: Emmett, fileName: string) {
  const connection = sqliteConnection({ fileName });
  await createEventStoreSchema(connection);
  let last: Promise<unknown> = Promise.resolve();
  return (work: Work) =>
    (last = last.then(async () =>
      stored(await appendToStream(connection, work.stream, typeOf(work), [messageOf(work)], expectationOf(work))),
    ));
}

function stored({ success }: Result): void {
  if (!success) throw new Error('emmett-sqlite: not stored');
}

const typeOf = ({ stream }: Work) => stream.slice(0, stream.indexOf('-'));

function messageOf({ event }: Work): object {
  return { type: event.type, data: event.data, metadata: { ...event.metadata, messageId: event.id } };
}

/** Its versions count events, from 0 for none. */
function expectationOf({ revision }: Work): object {
  return { expectedStreamVersion: revision === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(revision) };
}
