import type { Census } from './census.js';
import type { Context } from './context.js';
import type { Orders } from './orders.js';
import type { Projection } from './projection.js';

/** What an operator's door stands on: a room, or `ops` on the files. */
export interface Operations extends Context, Orders {
  store: Orders['store'];
  now: Orders['now'];
  projections: readonly Projection[];
  room?: string;
  /** Kept by a process that is asked again and again: it counts on from where it stood. */
  census?: Census;
}
