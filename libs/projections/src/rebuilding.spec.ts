import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rebuildingContract } from './rebuilding.contract.js';
import { openSqliteViews } from './sqlite-store.js';

rebuildingContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-views-'));
  return {
    open: () => openSqliteViews(join(folder, 'views.db')),
    clean: async () => rmSync(folder, { recursive: true, force: true }),
  };
});
