import type { EventStore, StoredEvent } from '#event-store';
import type { Build } from './build.js';
import type { ReadStore } from './read-store.js';

/** What everything that works on projections works with. */
export interface Context {
  store: EventStore;
  readStore: ReadStore;
  /** Names this process in leases; another one after every start, for a process that died must not be taken for this one. */
  owner: string;
  /** How long an owner may be silent before another takes its place. */
  leaseMs: number;
  now(): Date;
  log: RunnerLog;
  limits?: Partial<Limits>;
  /** Told of events that were applied at the head of the log, since when (milliseconds of the epoch): who made them waits for them to be seen. */
  traced?(projection: string, events: readonly StoredEvent[], since: number): void;
  /** How a build is carried out; in this thread by default. */
  build?: Build;
}

export interface Limits {
  /** Events read at a time, one page ahead of the one being applied. */
  pageEvents: number;
  /** Bytes of payload after which a page ends, whatever its number of events. */
  pageBytes: number;
  /** Events that are stored together where there are several full pages of them. A page is stored whole. */
  batchEvents: number;
  cachedDocs: number;
  cachedBytes: number;
  /** Between the tries of an event that fails. Short: a pure function that fails five times fails for good, and others wait. */
  retryMs: readonly number[];
  /** How often an event that stops its projection is tried again, for whoever mends things without saying so. */
  blockedRetryMs: number;
}

const limits: Limits = {
  pageEvents: 1000,
  pageBytes: 8 << 20,
  batchEvents: 1,
  cachedDocs: 10_000,
  cachedBytes: 32 << 20,
  retryMs: [50, 100, 200, 400],
  blockedRetryMs: 10_000,
};

export function limitsOf(context: Context): Limits {
  return { ...limits, ...context.limits };
}

export interface RunnerLog {
  info(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** How long an owner may be silent, where no setting says so: a server's answers may take longer than a file's. */
export function leaseMsFor({ atomic }: ReadStore): number {
  return atomic ? 2_000 : 10_000;
}

/** Between tries of what cannot fail for good, such as a store that does not answer; the last one again and again. */
export const outageRetryMs = [100, 500, 2_000, 10_000] as const;

/** Resolves after so long, or when a signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
