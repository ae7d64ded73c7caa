import { openDatabase } from '#sqlite';
import { openSqliteEventStore } from '#event-store';
import { onTask } from '../children.js';
import { Office, type Tally } from './office.js';

export interface FillTask {
  file: string;
  events: number;
}
export interface Filled {
  tally: Tally;
  bytes: number;
}

const perTransaction = 20_000;

/** Writes a log through the store's own schema, in big transactions: how fast it is written is not what is measured. */
onTask<FillTask, Filled>(async ({ file, events }) => {
  await (await openSqliteEventStore(file)).close();
  const db = await openDatabase(file, { durability: 'normal' });
  db.exec('PRAGMA cache_size = -500000');
  const insert = db.prepare(
    'INSERT INTO events (stream, revision, id, type, version, data, metadata) VALUES (?, ?, ?, ?, 1, ?, ?)',
  );
  const office = new Office(events);
  let written = 0;
  let bytes = 0;
  db.exec('BEGIN IMMEDIATE');
  for (const { stream, revision, id, type, data, metadata } of office.events()) {
    const texts = [JSON.stringify(data), JSON.stringify(metadata)] as const;
    insert.run(stream, revision, id, type, ...texts);
    bytes += Buffer.byteLength(texts[0]) + Buffer.byteLength(texts[1]);
    written += 1;
    if (written % perTransaction === 0) db.exec('COMMIT; BEGIN IMMEDIATE');
  }
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  return { tally: office.tally, bytes: bytes / written };
});
