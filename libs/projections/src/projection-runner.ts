import type { Work } from './apply.js';
import { build } from './build.js';
import { type Context, limitsOf, outageRetryMs, pause } from './context.js';
import { follow, type Follower, type FollowerStatus } from './follower.js';
import { activeIn, generationsOf, positionOf, unfinished } from './generations.js';
import type { Projection, View } from './projection.js';
import type { Generation, GenerationState } from './read-store.js';
import { type Served, servedOf, viewOf } from './served.js';

/** What a process does for one projection, as it last knew. */
export interface RunnerStatus {
  name: string;
  version: number;
  /**
   * `standby`: another process keeps it up to date; `building`: until it is built, readers see nothing or an earlier version's
   * documents; `failed`: it cannot go on, for the reason in `error`, and tries again.
   */
  state: 'starting' | 'following' | 'standby' | 'building' | 'paused' | 'failed' | 'stopped';
  /** What readers see holds everything up to here. */
  position: number;
  /** It holds events, and has held all that the log held when it was begun: it may be old, but is not in the making. */
  whole: boolean;
  /** Of a build: how far it has come, and where the log ended when it began. */
  building?: { position: number; goal: number };
  error?: string;
}

export interface RunningProjection {
  /** Reading what readers see: which generation that is, is found at the first use and stays, for a whole query. */
  view(): View;
  /** True once what readers see holds `position`, whichever process brings it there; false where that took longer than `withinMs`. */
  waitFor(position: number, withinMs: number): Promise<boolean>;
  status(): RunnerStatus;
  /** What the process does for each part of each generation. */
  followers(): { generation: number; parts: FollowerStatus[] }[];
  /** After the batch at hand. */
  stop(): Promise<void>;
}

/** Switches and orders of other processes are seen within so long. */
const lookMs = 500;
/** Another process's progress, while somebody waits for it. */
const waitLookMs = 20;
const followed: readonly GenerationState[] = ['ready', 'active', 'retiring'];

/**
 * Runs a projection for as long as the process lives: keeps up every generation of its version, and sees to it that there is one. Where
 * readers see another version, its own is built beside that, verified and switched to.
 */
export function runProjection(context: Context, projection: Projection, work?: Work): RunningProjection {
  const { store, readStore, log } = context;
  const { name, version } = projection;
  const { blockedRetryMs } = limitsOf(context);
  const stopping = new AbortController();
  const { signal } = stopping;
  const followers = new Map<number, Follower[]>();
  const waiters = new Set<() => void>();
  let generations: readonly Generation[] = [];
  let looked = false;
  let looking: Promise<readonly Generation[]> | undefined;
  let stopped = false;
  let fault: string | undefined;
  let building: Promise<void> | undefined;
  let buildFault: string | undefined;
  let buildAgainAt = 0;
  let begun = false;

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      try {
        await arrange();
        failures = 0;
        fault = undefined;
        await pause(lookMs, signal);
      } catch (error) {
        fault = messageOf(error);
        log.error({ projection: name, err: error }, 'a projection cannot be run and will be tried again');
        await pause(outageRetryMs[Math.min(failures++, outageRetryMs.length - 1)]!, signal);
      }
    }
    await Promise.all([...followers.values()].flat().map(follower => follower.stop()));
    await building;
    stopped = true;
  }

  async function arrange(): Promise<void> {
    await look();
    if (!activeIn(generations)) {
      // Readers have seen nothing of it yet, and may see it grow: its position says how far it has come.
      const begun = await readStore.create(projection, { parts: 1, goal: await store.head(), state: 'active' });
      if (begun) log.info({ projection: name, version }, 'a projection begins at the first event');
      await look();
    }
    const wanted = ofMine().filter(({ state }) => followed.includes(state));
    for (const [number, running] of followers) {
      const generation = wanted.find(one => one.generation === number);
      if (generation && !running.some(({ status }) => status().state === 'ended')) continue;
      followers.delete(number);
      await Promise.all(running.map(follower => follower.stop()));
    }
    if (signal.aborted) return;
    for (const generation of wanted)
      if (!followers.has(generation.generation)) followers.set(generation.generation, keepUp(generation));
    buildWhatIsMissing();
  }

  function ofMine(): Generation[] {
    return generations.filter(one => one.version === version);
  }

  function keepUp(generation: Generation): Follower[] {
    const { length: parts } = generation.checkpoints;
    const seen = () => activeIn(generations)?.generation === generation.generation;
    const options = { parts, moved: wake, seen, ...(work ? { work } : {}) };
    return generation.checkpoints.map(({ part }) => follow(context, projection, generation, { part, ...options }));
  }

  /** A version that is not there, or what was begun and nobody carries on: whoever did so may have died. */
  function buildWhatIsMissing(): void {
    if (building || performance.now() < buildAgainAt) return;
    const left = ofMine().find(({ state, note }) => unfinished.includes(state) || (state === 'ready' && !note.hold));
    // What failed its verification waits for an operator, and what one dropped here is not begun again at once.
    if (!left && (ofMine().length > 0 || begun)) return;
    if (!left) log.info({ projection: name, version }, 'another version is built beside the one that is seen');
    begun = true;
    building = (context.build ?? build)(context, projection, { signal, ...(left ? { generation: left.generation } : {}) })
      .then(
        ({ generation: { note } }) => void (buildFault = note.error),
        (error: unknown) => {
          if (signal.aborted) return;
          buildFault = messageOf(error);
          buildAgainAt = performance.now() + blockedRetryMs;
          log.error({ projection: name, version, err: error }, 'a projection could not be built');
        },
      )
      .finally(() => (building = undefined));
  }

  async function look(): Promise<readonly Generation[]> {
    generations = await generationsOf(readStore, name);
    looked = true;
    return generations;
  }

  const served = async (): Promise<Served | null> => servedOf(projection, await lookTogether());

  /** However many wait, one of them looks. */
  function lookTogether(): Promise<readonly Generation[]> {
    return (looking ??= look().finally(() => (looking = undefined)));
  }

  function wake(): void {
    for (const waiter of [...waiters]) waiter();
  }

  function nextMove(withinMs: number): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer);
        waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      waiters.add(done);
    });
  }

  function status(): RunnerStatus {
    const at = servedOf(projection, generations);
    const parts = (at && followers.get(at.generation)?.map(follower => follower.status())) ?? [];
    const position = parts.length > 0 ? Math.min(...parts.map(part => part.position)) : (at?.position ?? 0);
    const left = ofMine().find(({ state }) => unfinished.includes(state));
    const state = stopped ? 'stopped' : stateOf(at, parts);
    const error =
      fault ?? parts.find(part => part.error !== undefined)?.error ?? (at?.version === version ? undefined : notBuilt());
    return {
      name,
      version,
      state,
      position,
      whole: at !== null && position > 0 && position >= at.goal,
      ...(left ? { building: { position: positionOf(left), goal: left.goal } } : {}),
      ...(error === undefined ? {} : { error }),
    };
  }

  /** Why there is no generation of this version to be seen, where it was tried. */
  function notBuilt(): string | undefined {
    return buildFault ?? ofMine().find(({ state }) => state === 'failed')?.note.error;
  }

  function stateOf(at: Served | null, parts: readonly FollowerStatus[]): RunnerStatus['state'] {
    const some = (...states: FollowerStatus['state'][]) => parts.some(({ state }) => states.includes(state));
    if (fault !== undefined || some('failing', 'blocked')) return 'failed';
    // Where there is none to be seen, one is just being made.
    const made = looked && activeIn(generations) !== undefined;
    if (!made || (at?.version === version && (parts.length === 0 || some('starting', 'ended')))) return 'starting';
    if (at?.version !== version) return notBuilt() === undefined ? 'building' : 'failed';
    return some('paused') ? 'paused' : some('standby') ? 'standby' : 'following';
  }

  const running = run();
  return {
    view: () => viewOf(readStore, projection, served),
    async waitFor(position, withinMs) {
      const until = performance.now() + withinMs;
      for (;;) {
        const moved = nextMove(Math.min(waitLookMs, withinMs));
        if (((await served())?.position ?? -1) >= position) return true;
        if (signal.aborted || performance.now() >= until) return false;
        await moved;
      }
    },
    status,
    followers: () =>
      [...followers].map(([generation, parts]) => ({ generation, parts: parts.map(follower => follower.status()) })),
    async stop() {
      stopping.abort();
      wake();
      await running;
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
