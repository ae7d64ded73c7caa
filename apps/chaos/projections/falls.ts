import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { Fall, Point, Runner } from './plan.js';

/** All that a process of the room is told. */
export interface Given extends Runner {
  events: string;
  views: string;
  owner: string;
  leaseMs: number;
}

/** One line each on descriptor 3, written before the next statement runs: what was said outlives a kill. */
export type Report =
  | { ready: true }
  | { fallen: Point }
  /** A rebuild did not verify. */
  | { failed: string }
  /** The checkpoint is there: whoever reads from now on counts on it. */
  | { projection: string; generation: number; position: number };

/** In the environment, which the threads of a process have too: what falls in one takes all of them along. */
export const given = JSON.parse(process.env['GONGKAI_CHAOS']!) as Given;

let fall: Fall | null = 'point' in given.fall ? given.fall : null;
let met = 0;
const reachMs = 50;

/** Falls where this is the place. Whoever was stopped goes on from here, and does not fall again. */
export function at(point: Point): void {
  if (fall?.point !== point || ++met < fall.count) return;
  const { signal } = fall;
  fall = null;
  report({ fallen: point });
  process.kill(process.pid, signal);
  // A stop reaches the main thread first: another would be a statement further by then.
  if (!isMainThread) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, reachMs);
}

export function report(what: Report): void {
  let bytes = Buffer.from(`${JSON.stringify(what)}\n`);
  while (bytes.length > 0) bytes = bytes.subarray(writeSync(3, bytes));
}
