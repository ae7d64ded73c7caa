import { CorruptEvent, type LogRead, type Slice } from '#event-store';
import { applier, type Place, type Standing, standingOf, type Work } from './apply.js';
import { type Context, type Limits, limitsOf, outageRetryMs, pause } from './context.js';
import { partOfLog } from './keys.js';
import { type HeldLease, holdLease } from './lease.js';
import type { Projection } from './projection.js';
import { type Checkpoint, type DeadLetter, GenerationGone, leaseOf, type Ref, StaleFence } from './read-store.js';

/** What a process does with one part of a generation. */
export interface FollowerStatus {
  part: number;
  /**
   * `standby`: another process has it; `blocked`: it stands before an event that fails, see its dead letter; `failing`: one of the
   * stores does not answer; `ended`: at `upTo`, stopped, or its generation is gone.
   */
  state: 'starting' | 'standby' | 'following' | 'paused' | 'blocked' | 'failing' | 'ended';
  /** Everything up to here is in the documents; where another process is the owner, as it was last seen. */
  position: number;
  /** Events accounted for by this process, and further tries of events that failed. */
  events: number;
  retries: number;
  error?: string;
}

export interface FollowOptions {
  part?: number;
  parts?: number;
  /** Ends at this position instead of going on for ever. */
  upTo?: number;
  /** Where the part must stand before an event: wait until it can be applied or is skipped (default), or end with `Blocked`. */
  onBlocked?: 'wait' | 'fail';
  /** What is done with the events; by default they are folded into documents. */
  work?: Work;
  /** Whether readers see it now: of what nobody sees no spans are made. */
  seen?(): boolean;
  /** Told after every commit, and when another owner was seen to have moved. */
  moved?(position: number, events: number): void;
}

export interface Follower {
  status(): FollowerStatus;
  /** Rejects with `Blocked` under `onBlocked: 'fail'`; else resolves when stopped, at `upTo`, or when the generation is gone. */
  readonly ended: Promise<void>;
  /** After the batch at hand; the lease is free then. */
  stop(): Promise<void>;
}

/** A part stands before an event that its projection cannot digest. */
export class Blocked extends Error {
  override readonly name = 'Blocked';
  constructor(readonly letter: DeadLetter) {
    super(`${letter.stream} ${letter.revision} (${letter.type}, position ${letter.position}): ${letter.error}`);
  }
}

/** Thrown by what is done with an event, where that needs a projection which an operator paused: it waits as if it were paused itself. */
export class WaitsForPaused extends Error {
  override readonly name = 'WaitsForPaused';
}

const staleMs = 10;
const pausedLookMs = 200;
const blockedLookMs = 1_000;

/**
 * Keeps one part of a generation up to date with the log, alone: whoever has not its lease waits for it. Outages of either store are
 * waited out for ever, and never taken for an event that fails.
 */
export function follow(context: Context, projection: Projection, at: Ref, options: FollowOptions = {}): Follower {
  const { store, readStore, log } = context;
  const { part = 0, parts = 1, upTo = Infinity, onBlocked = 'wait', work = applier } = options;
  const limits = limitsOf(context);
  const stopping = new AbortController();
  const status: FollowerStatus = { part, state: 'starting', position: 0, events: 0, retries: 0 };
  let failures = 0;

  async function run(): Promise<void> {
    let lease: HeldLease | null = null;
    try {
      while (!stopping.signal.aborted) {
        try {
          const checkpoint = await look();
          if (!checkpoint) return;
          if (!lease || lease.lost.aborted) lease = await take();
          if (!lease || (await own(lease))) return;
        } catch (error) {
          if (error instanceof Blocked || error instanceof GenerationGone) throw error;
          if (error instanceof StaleFence) {
            await lease?.release();
            lease = null;
            // A store that says so at once and for ever must not leave the rest of the process without a turn.
            await pause(staleMs, stopping.signal);
          } else await outlast(error);
        }
      }
    } finally {
      await lease?.release();
      status.state = 'ended';
    }
  }

  /** Null where the generation is gone, or has other parts by now. */
  async function look(): Promise<Checkpoint | null> {
    const generation = (await readStore.generations()).find(
      one => one.projection === at.projection && one.generation === at.generation,
    );
    const checkpoint = generation?.checkpoints.find(one => one.part === part);
    if (!checkpoint || generation?.checkpoints.length !== parts) return null;
    reached(checkpoint.position, 0);
    return checkpoint;
  }

  function take(): Promise<HeldLease | null> {
    return holdLease(readStore, leaseOf(at, part), {
      owner: context.owner,
      ttlMs: context.leaseMs,
      now: context.now,
      passing: upTo < Infinity,
      signal: stopping.signal,
      async meanwhile() {
        status.state = (await paused()) ? 'paused' : 'standby';
        delete status.error;
        await look();
      },
    });
  }

  /** True where there is nothing more to do. */
  async function own(lease: HeldLease): Promise<boolean> {
    const signal = AbortSignal.any([stopping.signal, lease.lost]);
    const place: Place = { projection, at, part, parts, fence: lease.fence };
    const checkpoint = await look();
    if (!checkpoint) return true;
    const { position, tally } = checkpoint;
    // From here on, nothing that an older owner still has under way is taken.
    await readStore.commit(projection, at, { part, fence: lease.fence, from: position, to: position, writes: [], tally });
    const standing = await standingOf(context, place, checkpoint);
    const { apply, flush } = work(context, place, standing, signal, {
      moved: events => reached(standing.position, events),
      retried: ({ message }) => {
        status.retries++;
        status.error = message;
      },
    });
    const next = pagesOf(context, projection, limits, partOfLog(projection, part, parts));
    while (!signal.aborted && standing.position < upTo) {
      if (status.state === 'paused' && (await paused())) {
        await pause(pausedLookMs, signal);
        continue;
      }
      const [stands, slice] = await Promise.all([paused(), next(standing.read)]);
      if (stands) {
        await flush();
        status.state = 'paused';
        continue;
      }
      const page = slice.upTo <= upTo ? slice : within(slice, upTo);
      const since = Date.now();
      if (page.upTo > standing.read && !(await apply(page))) {
        if (!signal.aborted) await blocked(standing, signal);
        return false;
      }
      if (options.seen?.() && slice.events.length < limits.pageEvents) context.traced?.(projection.name, page.events, since);
      // Files answer at once, so that a long way to go would keep everybody else in this process from their turn.
      await new Promise(resolve => setImmediate(resolve));
      failures = 0;
      status.state = 'following';
      delete status.error;
      const last = slice.events.length < limits.pageEvents;
      if (last || standing.read >= upTo) await flush();
      if (last && standing.position < upTo) await store.wait(standing.position, signal);
    }
    if (lease.lost.aborted) return false;
    await flush();
    return true;
  }

  async function paused(): Promise<boolean> {
    return (await readStore.paused()).has(projection.name);
  }

  /** Until the next try: after a while, when the letter was settled by an operator, or when the projection was resumed. */
  async function blocked({ blocking }: Standing, signal: AbortSignal): Promise<void> {
    if (!blocking) return;
    status.state = 'blocked';
    status.error = blocking.error;
    if (onBlocked === 'fail') throw new Blocked(blocking);
    const until = performance.now() + limits.blockedRetryMs;
    let stood = false;
    while (!signal.aborted && performance.now() < until) {
      await pause(Math.min(blockedLookMs, limits.blockedRetryMs), signal);
      const stands = await paused();
      if (stood && !stands) return;
      stood = stands;
      const letters = await readStore.deadLetters({
        projection: projection.name,
        generation: at.generation,
        states: ['blocking'],
      });
      if (!letters.some(letter => letter.position === blocking.position)) return;
    }
  }

  async function outlast(error: unknown): Promise<void> {
    if (stopping.signal.aborted) return;
    status.error = error instanceof Error ? error.message : String(error);
    if (error instanceof WaitsForPaused) status.state = 'paused';
    else {
      status.state = 'failing';
      log.error(
        { projection: projection.name, generation: at.generation, part, position: status.position, err: error },
        'a projection cannot go on and will try again',
      );
    }
    await pause(outageRetryMs[Math.min(failures++, outageRetryMs.length - 1)]!, stopping.signal);
  }

  function reached(position: number, events: number): void {
    status.events += events;
    if (position === status.position && events === 0) return;
    status.position = position;
    options.moved?.(position, events);
  }

  const ended = run().catch((error: unknown) => {
    if (!(error instanceof GenerationGone)) throw error;
  });
  // Whoever does not look at it has the status; an unhandled rejection would end the process.
  ended.catch(() => {});
  return {
    status: () => ({ ...status }),
    ended,
    async stop() {
      stopping.abort();
      await ended.catch(() => {});
    },
  };
}

function within({ events, bytes }: Slice, upTo: number): Slice {
  return { events: events.filter(event => event.position <= upTo), upTo, ...(bytes === undefined ? {} : { bytes }) };
}

/** Pages of the log, the next one being read while one is applied. */
function pagesOf(
  { store }: Context,
  { events: types }: Projection,
  limits: Limits,
  share: Pick<LogRead, 'part'>,
): (after: number) => Promise<Slice> {
  let ahead: { after: number; slice: Promise<Slice> } | null = null;
  let limit = limits.pageEvents;

  async function read(after: number): Promise<Slice> {
    try {
      const slice = await store.readAll({ after, limit, types, bytes: limits.pageBytes, ...share });
      limit = Math.min(limits.pageEvents, limit * 2);
      return slice;
    } catch (error) {
      // It spoils its whole page: those before it come one by one.
      if (!(error instanceof CorruptEvent) || limit === 1) throw error;
      limit = 1;
      return read(after);
    }
  }

  return async after => {
    const slice = await (ahead?.after === after ? ahead.slice : read(after));
    ahead = null;
    if (slice.events.length === limits.pageEvents) {
      ahead = { after: slice.upTo, slice: read(slice.upTo) };
      ahead.slice.catch(() => {});
    }
    return slice;
  };
}
