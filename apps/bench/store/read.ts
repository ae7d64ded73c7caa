import { join } from 'node:path';
import { openSqliteEventStore } from '#event-store';
import { openDatabase } from '#sqlite';
import { onTask } from '../children.js';
import { inTurns, type Pairs } from './pairs.js';

export interface ReadTask {
  folder: string;
  short: string[];
  long: string[];
  rounds: number;
}
export type ReadPairs = Record<'all' | 'long' | 'short', Pairs>;

/** Every column the port returns. */
const columns = 'position, stream, revision, id, type, version, data, metadata, previous_hash, hash';
const allEvents = 100_000;
/** As subscriptions and rebuilds ask for it. */
const pageEvents = 500;
const longReads = 100;
const shortReads = 5_000;

onTask<ReadTask, ReadPairs>(async ({ folder, short, long, rounds }) => {
  const file = join(folder, 'events.db');
  const store = await openSqliteEventStore(file);
  const db = await openDatabase(file, { durability: 'full', readOnly: true });
  const ofLog = db.prepare(`SELECT ${columns} FROM events ORDER BY position LIMIT ${allEvents}`);
  const ofStream = db.prepare(`SELECT ${columns} FROM events WHERE stream = ? ORDER BY revision`);
  // The faster way to read; the store uses it too.
  for (const statement of [ofLog, ofStream]) statement.setReturnArrays(true);

  async function readAll(): Promise<void> {
    let [read, after] = [0, 0];
    while (read < allEvents) {
      const { events, upTo } = await store.readAll({ after, limit: pageEvents });
      read += events.length;
      after = upTo;
    }
  }
  function scan(): void {
    for (const row of ofLog.iterate() as unknown as Iterable<Row>) parse(row);
  }
  /** Other streams each round, from all over the log. */
  function streams(names: readonly string[], count: number) {
    let turn = 0;
    return () => Array.from({ length: count }, () => names[(turn += 7919) % names.length]!);
  }
  const ours = (names: readonly string[], count: number) => {
    const chosen = streams(names, count);
    return {
      count,
      prepare: () => {
        const list = chosen();
        return async () => {
          for (const stream of list) await store.readStream(stream);
        };
      },
    };
  };
  const raw = (names: readonly string[], count: number) => {
    const chosen = streams(names, count);
    return {
      count,
      prepare: () => {
        const list = chosen();
        return () => {
          for (const stream of list) (ofStream.all(stream) as unknown as Row[]).forEach(parse);
        };
      },
    };
  };
  return {
    all: await inTurns(rounds, { count: allEvents, prepare: () => readAll }, { count: allEvents, prepare: () => scan }),
    long: await inTurns(rounds, ours(long, longReads), raw(long, longReads)),
    short: await inTurns(rounds, ours(short, shortReads), raw(short, shortReads)),
  };
});

type Row = readonly unknown[];
function parse(row: Row): void {
  JSON.parse(row[6] as string);
  JSON.parse(row[7] as string);
}
