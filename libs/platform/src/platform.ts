import type { Digests } from '#commands';
import type { EventStore } from '#event-store';
import type { Keys } from '#privacy';
import type { Build, ReadStore } from '#projections';
import type { KeptAnchor } from './anchors.js';
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
  /** Keys of data subjects and secrets of the house, outside the store. */
  keys: Keys;
  digests: Digests;
  /** Keeps an anchor of the log up to a position: see `keepAnchor`. */
  anchor(upTo: number, reason: string): Promise<KeptAnchor>;
  /** The read store of one room. */
  readStore(room: string): Promise<ReadStore>;
  /** How a room builds its views, whose `benchOf` is exported by this module; absent: in the process's own thread. */
  buildWith?(bench: string): Build;
  close(): Promise<void>;
}
