import { AskedThread } from './asked-thread.js';
import type { Query, Value } from './query-worker.js';

/** A connection in a thread of its own, for what takes long: one query after the other. */
export class QueryThread {
  private readonly thread: AskedThread<Query>;
  private checkpointing = false;

  constructor(file: string) {
    this.thread = new AskedThread(new URL('./query-worker.js', import.meta.url), { file });
  }

  /** @throws the engine's error, with its `errcode` */
  all<Row extends object>(sql: string, values: readonly Value[]): Promise<Row[]> {
    return this.thread.ask<Row[]>({ sql, values });
  }

  /** Copies back what others have written, beside them, unless it is at it. What fails is left to the next time. */
  checkpoint(): void {
    if (this.checkpointing) return;
    this.checkpointing = true;
    this.all('PRAGMA wal_checkpoint(PASSIVE)', [])
      .catch(() => {})
      .finally(() => (this.checkpointing = false));
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
