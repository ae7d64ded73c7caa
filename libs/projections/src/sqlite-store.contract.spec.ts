import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '#sqlite';
import { type Fixture, projectionsContract } from './projections.contract.js';
import { openSqliteViews } from './sqlite-store.js';

async function fixture(): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-views-'));
  const file = join(folder, 'views.db');
  /** Another program takes away what everything hangs on, and gives it back. */
  const rename = async (from: string, to: string) => {
    const db = await openDatabase(file, { durability: 'normal' });
    db.exec(`PRAGMA busy_timeout = 10000; ALTER TABLE ${from} RENAME TO ${to}`);
    db.close();
  };
  return {
    open: () => openSqliteViews(file),
    clean: async () => rmSync(folder, { recursive: true, force: true }),
    breakOff: () => rename('checkpoints', 'gone'),
    mend: () => rename('gone', 'checkpoints'),
    opener: { module: new URL('./contract/sqlite-opener.js', import.meta.url).href, argument: file },
  };
}

projectionsContract({ name: 'SQLite', fixture, declared: {} });
