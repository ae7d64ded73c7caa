import { onTask } from '../children.js';
import { caseloadOf } from './caseload.js';
import { openRaw, rowsOf } from './raw.js';

export interface FillTask {
  file: string;
  /** It ends when there are so many of both. */
  streams: number;
  events: number;
  only?: readonly string[];
}
export interface Filled {
  events: number;
  bytes: number;
  /** Streams of three events or more from all over the log: so many that no cache holds them. */
  short: string[];
  /** Streams of a thousand events. */
  long: string[];
}

const perTransaction = 20_000;
const longStreams = 20;
const longEvents = 1_000;

/** A log of many short streams and a few long ones; how fast it is written is not what is measured. */
onTask<FillTask, Filled>(async ({ file, streams, events: least, only }) => {
  const raw = await openRaw(file, 'normal');
  raw.db.exec('PRAGMA cache_size = -500000');
  const short: string[] = [];
  const long = Array.from({ length: longStreams }, (_, index) => `channels.post-${String(index).padStart(4, '0')}`);
  const every = Math.floor(Math.max(streams, least) / (longStreams * longEvents));
  const others = caseloadOf({ seed: 1, open: 2_000, ...(only ? { only } : {}) });
  const posts = caseloadOf({ seed: 2, open: 1, only: ['channels.post'] });
  let [begun, longWritten, sinceLong, events, bytes] = [0, 0, 0, 0, 0];
  const next = rowsOf(() => {
    if (++sinceLong > every && longWritten < longStreams * longEvents) {
      sinceLong = 0;
      const [stream, revision] = [long[longWritten % longStreams]!, Math.floor(longWritten / longStreams)];
      longWritten += 1;
      return { ...posts(), stream, revision };
    }
    const work = others();
    if (work.revision === 0) begun += 1;
    if (work.revision === 2 && begun % 5 === 0) short.push(work.stream);
    return work;
  });
  while (begun < streams || events < least || longWritten < longStreams * longEvents) {
    const rows = Array.from({ length: perTransaction }, next);
    raw.together(rows);
    events += rows.length;
    bytes += rows.reduce((sum, row) => sum + Buffer.byteLength(row.join('')), 0);
  }
  raw.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  raw.close();
  return { events, bytes: bytes / events, short, long };
});
