import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '#sqlite';
import { storeInThreeProcesses } from './contract/three-processes.js';
import { type Adapter, eventStoreContract, type Fixture } from './event-store.contract.js';
import type { EventStore } from './port.js';
import { openSqliteEventStore } from './sqlite-store.js';
import type { Fault } from './sqlite-worker.js';

const declared = {
  'ES-33': 'a page is read in one call of the library: there is no transport that could fail in the middle of it',
  'ES-45': 'a file has no connection that could drop',
};

async function fixture(
  open: (file: string, deadlineMs: number | undefined, fault: Fault) => Promise<EventStore>,
): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-store-'));
  const file = join(folder, 'events.db');
  const fault: Fault = {};
  const cleanups: (() => void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  return {
    open: ({ deadlineMs } = {}) => open(file, deadlineMs, fault),
    async clean() {
      for (const cleanup of cleanups.reverse()) cleanup();
    },
    async corrupt(stream) {
      const db = await openDatabase(file, { durability: 'full' });
      db.prepare(
        "INSERT INTO events (stream, revision, id, type, version, data, metadata) VALUES (?, 0, 'x', 'Noted', 1, '{\"half', '{}')",
      ).run(stream);
      db.close();
    },
    async loseAnswer() {
      Object.assign(fault, { step: 'after-commit', act: 'exit', fired: new SharedArrayBuffer(4) } satisfies Fault);
    },
    async fallSilent() {
      const holder = await openDatabase(file, { durability: 'full' });
      holder.exec('BEGIN IMMEDIATE');
      cleanups.push(() => holder.close());
    },
  };
}

const oneProcess: Adapter = {
  name: 'SQLite, one process',
  fixture: () =>
    fixture((file, deadlineMs, fault) => openSqliteEventStore(file, { ...(deadlineMs ? { deadlineMs } : {}), fault })),
  declared,
  manyEvents: 100_000,
};
eventStoreContract(oneProcess);

eventStoreContract({
  name: 'SQLite, three processes on one file',
  fixture: () => fixture((file, deadlineMs) => storeInThreeProcesses(file, deadlineMs)),
  declared: {
    ...declared,
    'ES-18': 'the answer is lost in the writing thread, which is the same with one process: proved there',
    'ES-54': 'the same file and the same schema as with one process, where it is proved',
    'ES-56': 'the same triggers in the same file as with one process, where it is proved',
    'ES-57': 'a file is checked by one process, however many wrote it: proved there',
    'ES-58': 'keys and encryption stand before the store, the same with one process: proved there',
    'ES-61': 'the same file and the same errors as with one process, where it is proved',
    'ES-62': 'starters of one file are proved with one process, two at a time',
    'ES-63': 'proved with one process: the backup is taken while another process writes',
    'ES-23': 'a BigInt or a cycle does not pass between the processes of this suite: proved with one process, before any I/O',
  },
});
