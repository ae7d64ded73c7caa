import { type EventStore, openSqliteEventStore } from '#event-store';
import { onTask } from '../children.js';
import { caseloadOf, type Work } from './caseload.js';
import { inTurns, type Pairs } from './pairs.js';
import { inHand, manyCallers, oneByOne } from './ways.js';

/** A log: its file, and some of its streams. */
export interface Log {
  file: string;
  streams: string[];
}
export type GrowthTask = { large: Log; small: Log; rounds: number } | { alone: Log };
export type Growth = Record<'one' | 'together' | 'log' | 'streams', Pairs>;
/** Highest resident memory of a process that read the whole log and appended to it, in MB. */
export interface Memory {
  memory: number;
}

const pageEvents = 500;
const readEvents = 100_000;
const readStreams = 3_000;
/** Later than what is in the log already. */
const year = 2027;

onTask<GrowthTask, Growth | Memory>(async task => ('alone' in task ? memoryOf(task.alone) : compared(task)));

async function compared({ large, small, rounds }: Exclude<GrowthTask, { alone: Log }>): Promise<Growth> {
  const [ours, beside] = [await openSqliteEventStore(large.file), await openSqliteEventStore(small.file)];
  const turns = async (way: (store: EventStore, log: Log) => Parameters<typeof inTurns>[1]) =>
    inTurns(rounds, way(ours, large), way(beside, small));
  const one = await turns(store => oneByOne(caseloadOf({ seed: 1000, open: inHand, year }), 500, appending(store)));
  const together = await turns(store => manyCallers(50, appending(store), year));
  const heads = new Map([ours, beside].map(store => [store, 0]));
  for (const store of heads.keys()) heads.set(store, await store.head());
  const log = await turns(store => ({
    count: readEvents,
    prepare: () => () => read(store, Math.floor(Math.random() * (heads.get(store)! - readEvents)), readEvents),
  }));
  const streams = await turns((store, { streams }) => ({
    count: readStreams,
    prepare() {
      const chosen = Array.from({ length: readStreams }, () => streams[Math.floor(Math.random() * streams.length)]!);
      return async () => {
        for (const stream of chosen) await store.readStream(stream);
      };
    },
  }));
  return { one, together, log, streams };
}

async function memoryOf({ file }: Log): Promise<Memory> {
  const store = await openSqliteEventStore(file);
  await read(store, 0, await store.head());
  const appends = manyCallers(300, appending(store), year + 1);
  await appends.prepare()();
  await store.close();
  return { memory: process.resourceUsage().maxRSS / 1024 };
}

const appending =
  (store: EventStore) =>
  ({ stream, event, expected }: Work) =>
    store.append(stream, [event], expected);

async function read(store: EventStore, from: number, count: number): Promise<void> {
  for (let [after, left] = [from, count]; left > 0;) {
    const { events, upTo } = await store.readAll({ after, limit: pageEvents });
    if (events.length === 0) return;
    left -= events.length;
    after = upTo;
  }
}
