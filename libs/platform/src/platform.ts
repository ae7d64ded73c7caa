import type { EventStore } from '#event-store';
import type { ReadStore } from '#projections';
import type { Clock } from './clock.js';
import type { Config } from './config.js';
import type { Log } from './log.js';
import type { Tokens } from './tokens.js';

/** What a process stands on: chosen by its `main.ts`, the same shape on every stack. */
export interface Platform {
  config: Config;
  log: Log;
  clock: Clock;
  tokens: Tokens;
  store: EventStore;
  /** The read store of one room. */
  readStore(room: string): Promise<ReadStore>;
  close(): Promise<void>;
}
