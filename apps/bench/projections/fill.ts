import { onTask } from '../children.js';
import { openRaw, rowsOf } from '../store/raw.js';
import { type Counted, Office } from './office.js';

export interface FillTask {
  file: string;
  events: number;
}
export interface Filled {
  counted: Counted;
  /** Of one event, on average. */
  bytes: number;
  streams: number;
}

const perTransaction = 20_000;

/** Writes a log with its hashes, in big transactions: how fast it is written is not what is measured. */
onTask<FillTask, Filled>(async ({ file, events }) => {
  const raw = await openRaw(file, 'normal');
  raw.db.exec('PRAGMA cache_size = -500000');
  const office = new Office(events);
  const works = office.events();
  let [bytes, streams] = [0, 0];
  const next = rowsOf(() => works.next().value!);
  for (let left = events; left > 0; left -= perTransaction) {
    const rows = Array.from({ length: Math.min(perTransaction, left) }, next);
    raw.together(rows);
    bytes += rows.reduce((sum, row) => sum + Buffer.byteLength(row.join('')), 0);
    streams += rows.filter(([, revision]) => revision === 0).length;
  }
  raw.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  raw.close();
  return { counted: office.counted, bytes: bytes / events, streams };
});
