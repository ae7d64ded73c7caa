import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '#sqlite';
import { readStoreContract } from './contract/read-store.js';
import { openSqliteViews } from './sqlite-store.js';

readStoreContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-views-'));
  const file = join(folder, 'views.db');
  return {
    open: () => openSqliteViews(file),
    async places(generation) {
      const db = await openDatabase(file, { durability: 'normal', readOnly: true });
      const found = db.prepare('SELECT name FROM sqlite_master WHERE name GLOB ?').all(`notices_g${generation}_*`) as {
        name: string;
      }[];
      db.close();
      return found.map(({ name }) => name);
    },
    clean: async () => rmSync(folder, { recursive: true, force: true }),
  };
});
