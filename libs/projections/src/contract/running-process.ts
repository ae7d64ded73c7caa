import { openSqliteEventStore, versioned } from '#event-store';
import { runProjection } from '../projection-runner.js';
import type { ReadStore } from '../read-store.js';
import { types } from './grounds.js';
import { tallies } from './rebuilding-views.js';

/** A process of a room, for as long as it is left alive. */
export interface Running {
  eventsFile: string;
  opener: { module: string; argument: string };
  owner: string;
  leaseMs: number;
  pageEvents?: number;
  /** Sends itself a signal in the middle of a page, before its so many-th event. */
  falls?: { at: number; signal: 'SIGKILL' | 'SIGSTOP' };
}

const { eventsFile, opener, owner, leaseMs, pageEvents = 1_000, falls } = JSON.parse(process.argv[2]!) as Running;
const { openViews } = (await import(opener.module)) as { openViews(argument: string): Promise<ReadStore> };
const stored = await openSqliteEventStore(eventsFile);
const readStore = await openViews(opener.argument);
let met = 0;
const runner = runProjection(
  {
    store: versioned(stored, types),
    readStore,
    owner,
    leaseMs,
    now: () => new Date(),
    log: { info: () => {}, error: () => {} },
    limits: { pageEvents, retryMs: [1] },
  },
  {
    ...tallies,
    project(event) {
      if (++met === falls?.at) process.kill(process.pid, falls.signal);
      return tallies.project(event);
    },
  },
);
process.once('SIGTERM', () => void stop());

async function stop(): Promise<void> {
  await runner.stop();
  await readStore.close();
  await stored.close();
}
