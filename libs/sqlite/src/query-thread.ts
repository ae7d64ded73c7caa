import { AskedThread } from './asked-thread.js';
import type { Query, Value } from './query-worker.js';

/** A connection in a thread of its own, for what takes long: one query after the other. */
export class QueryThread {
  private readonly thread: AskedThread<Query>;
  private last: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.thread = new AskedThread(new URL('./query-worker.js', import.meta.url), { file });
  }

  /** @throws the engine's error, with its `errcode`; where it was closed before its turn came */
  all<Row extends object>(sql: string, values: readonly Value[]): Promise<Row[]> {
    const rows = this.last.then(() => this.thread.ask<Row[]>({ sql, values }));
    this.last = rows.catch(() => {});
    return rows;
  }

  /** After the query at hand. */
  close(): Promise<void> {
    return this.thread.close();
  }
}
