import type { ReadStore } from '../read-store.js';
import { openSqliteViews } from '../sqlite-store.js';

/** For processes of the contract's. */
export function openViews(file: string): Promise<ReadStore> {
  return openSqliteViews(file);
}
