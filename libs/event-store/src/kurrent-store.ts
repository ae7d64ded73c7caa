import { setMaxListeners } from 'node:events';
import { kurrentAppend } from './kurrent-append.js';
import { kurrentConnections } from './kurrent-connection.js';
import { verdictOf, wordsOf } from './kurrent-errors.js';
import { knownStreams } from './kurrent-known.js';
import { kurrentLibrary, type Library } from './kurrent-library.js';
import { kurrentLog } from './kurrent-log.js';
import { kurrentReads } from './kurrent-reads.js';
import { kurrentStreamRead } from './kurrent-streams.js';
import { type KurrentAddress, readKurrentUrl } from './kurrent-url.js';
import { kurrentWake } from './kurrent-wake.js';
import { type EventStore, InvalidAppend, StoreUnavailable, StoreUnusable } from './port.js';
import { isStreamName, prepare } from './prepare.js';
import { streamTurns } from './stream-turns.js';
import { untilDeadline } from './until.js';

export interface KurrentEventStoreOptions {
  /** How long any call may take. */
  deadlineMs?: number;
  /** How long the server may take to be there at all. */
  reachableWithinMs?: number;
  /** A server that is not there by then is waited for, and this is told once; without it, it is refused. */
  waiting?: (why: string) => void;
}

/** Half of what a room has to answer in: an append in doubt is tried again, with the same ids, while its asker still waits. */
const deadlineMs = 5_000;
const reachableWithinMs = 20_000;
/** Where it is waited for: by then it is worth a word. */
const toldAfterMs = 2_000;

/**
 * The distributed engine: KurrentDB, or EventStoreDB from 23.10, by a `kurrentdb://` or `esdb://` connection string. Nothing newer
 * than 23.10 is asked of the server; deletion and filters by type are the house's own, so that they mean what they mean in SQLite.
 * @throws StoreUnusable one sentence, without the password: the connection string is none, or no server answers
 */
export async function openKurrentEventStore(url: string, options: KurrentEventStoreOptions = {}): Promise<EventStore> {
  const address = readKurrentUrl(url);
  const callMs = options.deadlineMs ?? deadlineMs;
  const { store, headWithin } = kurrentEventStore(await kurrentLibrary(), address, callMs);
  try {
    await reached(headWithin, address, callMs, options);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function reached(
  headWithin: (ms: number) => Promise<number>,
  { shown }: KurrentAddress,
  callMs: number,
  { reachableWithinMs: withinMs = reachableWithinMs, waiting }: KurrentEventStoreOptions,
): Promise<void> {
  const until = untilDeadline(waiting ? toldAfterMs : withinMs);
  for (let told = false; ;) {
    try {
      await headWithin(told ? callMs : Math.min(callMs, until.leftMs()));
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      const why = wordsOf(error.cause ?? error);
      if (verdictOf(error.cause) === 'denied') {
        throw new StoreUnusable(
          `KurrentDB（${shown}）拒绝访问，请检查用户名、密码和读取 $all 的权限。 / KurrentDB (${shown}) denies access: check user, password and the right to read $all.`,
          { cause: error },
        );
      }
      if (!until.over()) continue;
      if (!waiting) {
        throw new StoreUnusable(
          `KurrentDB（${shown}）在 ${Math.round(withinMs / 1000)} 秒内没有应答（${why}）。 / KurrentDB (${shown}) did not answer within ${Math.round(withinMs / 1000)} s (${why}).`,
          { cause: error },
        );
      }
      if (!told) waiting(why);
      told = true;
    }
  }
}

function kurrentEventStore(
  library: Library,
  address: KurrentAddress,
  deadlineMs: number,
): { store: EventStore; headWithin(ms: number): Promise<number> } {
  const connect = kurrentConnections(library, address, deadlineMs);
  const closing = new AbortController();
  // Every call that waits listens.
  setMaxListeners(0, closing.signal);
  const writer = connect();
  const reader = connect();
  const streams = knownStreams();
  const turns = streamTurns();
  const reads = kurrentReads(library, reader, address);
  const send = kurrentAppend(writer, address, reads, streams);
  const readStream = kurrentStreamRead(reads, streams);
  const log = kurrentLog(reads, began);
  const head = async () => reads.head(began());
  const wake = kurrentWake(connect, address, head, deadlineMs, closing.signal);

  function began(signal?: AbortSignal, ms = deadlineMs) {
    if (closing.signal.aborted) throw new StoreUnavailable('The store is closed.');
    return untilDeadline(ms, closing.signal, signal);
  }

  const store: EventStore = {
    capabilities: { appendMany: false },

    async append(stream, events, expected, { signal } = {}) {
      const prepared = prepare(stream, events, expected);
      const until = began(signal);
      // Those of one process would only make each other read again.
      const appended = await turns(stream, until, () => send(prepared, until));
      wake.saw(appended.position);
      return appended;
    },
    async appendMany() {
      throw new InvalidAppend('KurrentDB appends to one stream at a time: see capabilities.appendMany.');
    },
    // The server's own streams, `$all` among them, are none of the house's.
    readStream: async (stream, options = {}) => (isStreamName(stream) ? readStream(stream, options, began()) : []),
    readAll: log.readAll,
    head,
    streamHeads: log.streamHeads,
    wait: wake.wait,
    async close() {
      closing.abort();
      await Promise.all([writer.close(), reader.close()]);
    },
  };
  return { store, headWithin: async ms => reads.head(began(undefined, ms)) };
}
