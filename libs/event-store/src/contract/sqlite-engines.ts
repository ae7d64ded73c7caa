import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '#sqlite';
import type { EventStore } from '../port.js';
import { openSqliteEventStore, type SqliteEventStoreOptions } from '../sqlite-store.js';
import type { Adapter, Fixture, Tampering } from './fixture.js';
import { endThreeProcesses, type StoreInThreeProcesses, storeInThreeProcesses } from './three-processes.js';

const declared = {
  'ES-33': 'a page is read in one call of the library: there is no transport that could fail in the middle of it',
  'ES-45': 'a file has no connection that could drop',
};

async function fixtureOf(open: (file: string, options: SqliteEventStoreOptions) => Promise<EventStore>): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-store-'));
  const file = join(folder, 'events.db');
  const holders: Database[] = [];
  const holder = async () => {
    const db = await openDatabase(file, { durability: 'full' });
    holders.push(db);
    return db;
  };
  return {
    open: (options = {}) => open(file, options),
    async clean() {
      for (const db of holders) if (db.isOpen) db.close();
      rmSync(folder, { recursive: true, force: true });
    },
    async corrupt(stream) {
      (await holder()).exec(insertion(stream, '{"half'));
    },
    async fallSilent() {
      (await holder()).exec('BEGIN IMMEDIATE');
    },
    async holdTransaction(stream) {
      const db = await holder();
      db.exec(`BEGIN IMMEDIATE; ${insertion(stream, '{}')}`);
      return () => db.exec('COMMIT');
    },
    verifying: () => openSqliteEventStore(file),
    async tamper(hand) {
      (await holder()).exec(`
        DROP TRIGGER events_are_never_updated; DROP TRIGGER events_are_never_deleted;
        BEGIN; ${tampering(hand)}; COMMIT;`);
    },
  };
}

/** Past the store: nobody's hash fits it. */
function insertion(stream: string, data: string): string {
  return `INSERT INTO events (stream, revision, id, type, version, data, metadata)
    VALUES ('${stream}', 0, 'by another hand', 'Noted', 1, '${data}', '{}');`;
}

function tampering(hand: Tampering): string {
  if ('change' in hand) return `UPDATE events SET data = replace(data, '公', '私') WHERE position = ${hand.change}`;
  if ('remove' in hand) return `DELETE FROM events WHERE position = ${hand.remove}`;
  if ('swap' in hand) {
    const [one, other] = hand.swap;
    return `UPDATE events SET position = -1 WHERE position = ${one};
      UPDATE events SET position = ${one} WHERE position = ${other};
      UPDATE events SET position = ${other} WHERE position = -1`;
  }
  return `DELETE FROM events WHERE position > ${hand.cutAfter}; UPDATE sqlite_sequence SET seq = ${hand.cutAfter}`;
}

export const sqliteInOneProcess: Adapter = {
  name: 'SQLite, one process',
  async fixture() {
    const fault: NonNullable<SqliteEventStoreOptions['fault']> = {};
    return {
      ...(await fixtureOf((file, options) => openSqliteEventStore(file, { ...options, fault }))),
      async loseAnswer() {
        Object.assign(fault, { step: 'after-commit', act: 'exit', fired: new SharedArrayBuffer(4) });
      },
    };
  },
  declared,
  manyEvents: 100_000,
};

export const sqliteInThreeProcesses: Adapter = {
  name: 'SQLite, three processes on one file',
  async fixture() {
    let last: StoreInThreeProcesses | undefined;
    return {
      ...(await fixtureOf(async (file, options) => (last = await storeInThreeProcesses(file, options)))),
      elsewhere: true,
      loseAnswer: () => last!.loseAnswer(),
      restart: endThreeProcesses,
    };
  },
  declared,
};
