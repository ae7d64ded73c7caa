import { setMaxListeners } from 'node:events';
import { kurrentAppend } from './kurrent-append.js';
import { kurrentConnections } from './kurrent-connection.js';
import { verdictOf } from './kurrent-errors.js';
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
import { OutOfTime, untilDeadline } from './until.js';

export interface KurrentEventStoreOptions {
  /** How long any call may take. */
  deadlineMs?: number;
  /** How long the server may take to be there at all. */
  reachableWithinMs?: number;
  /** A server that is not there by then is waited for, and this is told once; without it, it is refused. */
  waiting?: () => void;
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
  const store = kurrentEventStore(await kurrentLibrary(), address, options.deadlineMs ?? deadlineMs);
  try {
    await reached(store, address, options);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function reached(
  store: EventStore,
  { shown }: KurrentAddress,
  { reachableWithinMs: withinMs = reachableWithinMs, waiting }: KurrentEventStoreOptions,
): Promise<void> {
  const until = untilDeadline(waiting ? toldAfterMs : withinMs);
  for (let told = false; ;) {
    try {
      await (told ? store.head() : until.race(store.head()));
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailable || error instanceof OutOfTime)) throw error;
      const denied = verdictOf(error.cause) === 'denied';
      if (!denied && !until.over()) continue;
      if (!denied && waiting) {
        if (!told) waiting();
        told = true;
        continue;
      }
      const [zh, en] = denied
        ? ['拒绝访问，请检查用户名、密码和读取 $all 的权限', 'denies access: check user, password and the right to read $all']
        : [`在 ${Math.round(withinMs / 1000)} 秒内没有应答`, `did not answer within ${Math.round(withinMs / 1000)} s`];
      throw new StoreUnusable(`KurrentDB（${shown}）${zh}。 / KurrentDB (${shown}) ${en}.`, { cause: error });
    }
  }
}

function kurrentEventStore(library: Library, address: KurrentAddress, deadlineMs: number): EventStore {
  const connect = kurrentConnections(library, address);
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
  const log = kurrentLog(reads);
  const head = async () => reads.head(began());
  const wake = kurrentWake(connect, address, head, deadlineMs, closing.signal);

  function began(signal?: AbortSignal) {
    if (closing.signal.aborted) throw new StoreUnavailable('The store is closed.');
    return untilDeadline(deadlineMs, closing.signal, signal);
  }

  return {
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
    readAll: async read => log.readAll(read, began),
    head,
    streamHeads: upTo => log.streamHeads(upTo, began),
    wait: wake.wait,
    async close() {
      closing.abort();
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}
