import { type Context, outageRetryMs, pause } from './context.js';
import { Blocked, follow, type Follower, type FollowOptions } from './follower.js';
import { buildLeaseOf, eventsAfter, generationAt, generationsOf, positionOf, standsTogether, unfinished } from './generations.js';
import { holdLease } from './lease.js';
import { type Progress, watchProgress } from './progress.js';
import type { Projection } from './projection.js';
import { type Generation, GenerationGone, leaseOf, type Ref } from './read-store.js';
import { RefoldFailed } from './refold.js';
import { switchTo } from './switch.js';
import { verdictOf } from './verdict.js';
import { verify } from './verify.js';

export interface BuildOptions {
  /** Goes on with this generation; else with the unfinished one of the projection's version, or with a new one. */
  generation?: number;
  /** How many parts it is built in; another number than before is fine. Default: as it was begun, or one. */
  parts?: number;
  /** Once verified it waits for an operator's switch. */
  hold?: boolean;
  /** Position of the order that asks for it. */
  order?: number;
  /** Stops after the step at hand. What was built stays, and whoever calls again goes on there; `drop` is what cancels. */
  signal?: AbortSignal;
  progress?: (progress: Progress) => void;
  /** Builds a part; by default in this thread. */
  follow?: (context: Context, projection: Projection, at: Ref, options: FollowOptions) => Follower;
}

/** Whoever sees a build through: `build` itself, or a thread that does. */
export type Build = (context: Context, projection: Projection, options?: BuildOptions) => Promise<Built>;

export interface Built {
  /** `ready` (held), `active`, or `failed` with the sentence in its note. */
  generation: Generation;
  /** It was begun before. */
  resumed: boolean;
}

/** So few events behind, a generation is at the head: it is verified, and may be switched to. */
export const nearEvents = 1_000;
const finishTries = 3;
const pausedLookMs = 200;
/** A document that changes several times among so many events is written once. */
const batchEvents = 10_000;

/**
 * Sees a generation of a projection through to where readers see it, or it waits for a switch: from the first event to the head beside
 * the live one, verified, then switched to. Whoever else works on it goes on, and this one watches, ready to take over. All state is
 * in the read store.
 * @throws Blocked before an event that cannot be projected; GenerationGone where it was dropped meanwhile; the signal's reason. What
 * readers see is untouched
 */
export async function build(given: Context, projection: Projection, options: BuildOptions = {}): Promise<Built> {
  const { signal = new AbortController().signal } = options;
  const context: Context = { ...given, limits: { batchEvents, ...given.limits } };
  const begun =
    options.generation === undefined
      ? await beginBuild(context, projection, options)
      : {
          generation: await generationAt(context.readStore, { projection: projection.name, generation: options.generation }),
          resumed: true,
        };
  const at: Ref = { projection: projection.name, generation: begun.generation.generation };
  const watch = options.progress && watchProgress(context, at, options.progress);
  try {
    for (;;) {
      const generation = await generationAt(context.readStore, at);
      if (isThrough(generation)) return { generation, resumed: begun.resumed };
      signal.throwIfAborted();
      await takeTurn(context, projection, at, { ...options, signal });
    }
  } finally {
    await watch?.stop();
  }
}

/**
 * A generation to build: the unfinished one there is, or a new one. What failed before goes: nobody else needs to clean up.
 * Whoever follows the projection goes on with it by `build`.
 */
export async function beginBuild(
  { store, readStore }: Context,
  projection: Projection,
  { parts = 1, hold, order }: Pick<BuildOptions, 'parts' | 'hold' | 'order'> = {},
): Promise<{ generation: Generation; resumed: boolean }> {
  const known = await generationsOf(readStore, projection.name);
  const note = { ...(hold === undefined ? {} : { hold }), ...(order === undefined ? {} : { order }) };
  const begun = known.find(one => one.version === projection.version && unfinished.includes(one.state));
  if (begun) {
    await readStore.move(begun, [begun.state], begun.state, note);
    return { generation: await generationAt(readStore, begun), resumed: true };
  }
  for (const one of known) if (one.version === projection.version && one.state === 'failed') await readStore.drop(one);
  const created = await readStore.create(projection, { parts, goal: await store.head(), state: 'building', note });
  if (!created) throw new Error(`${projection.name}: a generation to build was not created`);
  // Two who began at the same moment: the earlier one stays, however far it has come meanwhile.
  const before = new Set(known.map(({ generation }) => generation));
  const first = (await generationsOf(readStore, projection.name)).find(
    ({ version, state, generation }) => version === projection.version && state !== 'failed' && !before.has(generation),
  );
  if (!first || first.generation >= created.generation) return { generation: created, resumed: false };
  await readStore.drop(created);
  return { generation: first, resumed: true };
}

function isThrough({ state, note }: Generation): boolean {
  return state === 'active' || state === 'retiring' || state === 'failed' || (state === 'ready' && note.hold === true);
}

type Turn = BuildOptions & { signal: AbortSignal };

/** As the only builder of this generation, for as long as there is something to build. */
async function takeTurn(context: Context, projection: Projection, at: Ref, options: Turn): Promise<void> {
  const { readStore, owner, leaseMs: ttlMs, now } = context;
  const through = new AbortController();
  const lease = await holdLease(readStore, buildLeaseOf(at), {
    ...{ owner, ttlMs, now },
    signal: AbortSignal.any([options.signal, through.signal]),
    async meanwhile() {
      if (isThrough(await generationAt(readStore, at))) through.abort();
    },
  });
  if (!lease) return;
  const signal = AbortSignal.any([options.signal, lease.lost]);
  try {
    while (!signal.aborted) {
      const generation = await generationAt(readStore, at);
      if (isThrough(generation)) return;
      if ((await readStore.paused()).has(projection.name)) await pause(pausedLookMs, signal);
      else await step(context, projection, generation, { ...options, signal });
    }
  } catch (error) {
    if (error instanceof Blocked) await noteError(context, at, error.message);
    // Another builder took over: what was under way is its now.
    const ours = error instanceof Blocked || error instanceof GenerationGone || options.signal.aborted;
    if (ours || !lease.lost.aborted) throw error;
  } finally {
    await lease.release();
  }
}

async function noteError({ readStore }: Context, at: Ref, error: string | undefined): Promise<void> {
  const { state, note } = await generationAt(readStore, at);
  if (note.error !== error) await readStore.move(at, [state], state, { error });
}

async function step(context: Context, projection: Projection, generation: Generation, turn: Turn): Promise<void> {
  await noteError(context, generation, undefined);
  switch (generation.state) {
    case 'building':
      return load(context, projection, generation, turn);
    case 'catching-up':
      return catchUp(context, projection, generation, turn);
    case 'verifying':
      return prove(context, projection, generation, turn);
    default:
      await switchTo(context, projection, generation, { from: ['ready'], signal: turn.signal });
  }
}

/** To where the log ended when it was begun; in parts, which meet there. */
async function load(context: Context, projection: Projection, generation: Generation, turn: Turn): Promise<void> {
  const { readStore } = context;
  const { checkpoints, goal } = generation;
  const parts = checkpoints.length;
  const furthest = Math.max(...checkpoints.map(({ position }) => position));
  const wanted = furthest < goal ? (turn.parts ?? parts) : 1;
  if (wanted !== parts) {
    // Parts are divided anew only where all of them stand at the same position.
    await bring(context, projection, generation, furthest, turn);
    await repart(context, generation, wanted, turn.signal);
    return;
  }
  await bring(context, projection, generation, goal, turn);
  if (turn.signal.aborted || parts > 1) return;
  for (let tries = 1; ; tries++) {
    try {
      await readStore.finish(projection, generation);
      break;
    } catch (error) {
      if (error instanceof GenerationGone) throw error;
      if (tries === finishTries) return giveUp(context, generation, error);
      await pause(outageRetryMs[tries - 1]!, turn.signal);
    }
  }
  await readStore.move(generation, ['building'], 'catching-up');
}

/** @throws Blocked */
async function bring(context: Context, projection: Projection, generation: Generation, upTo: number, turn: Turn): Promise<void> {
  const { checkpoints } = generation;
  const parts = checkpoints.length;
  const followers = checkpoints
    .filter(({ position }) => position < upTo)
    .map(({ part }) => (turn.follow ?? follow)(context, projection, generation, { part, parts, upTo, onBlocked: 'fail' }));
  const stop = () => void followers.forEach(follower => void follower.stop());
  turn.signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.all(followers.map(({ ended }) => ended));
  } finally {
    turn.signal.removeEventListener('abort', stop);
    await Promise.all(followers.map(follower => follower.stop()));
  }
}

async function repart({ readStore, owner, leaseMs, now }: Context, at: Ref, parts: number, signal: AbortSignal): Promise<void> {
  const lease = await holdLease(readStore, leaseOf(at, 0), { owner, ttlMs: leaseMs, now, signal });
  if (!lease) return;
  try {
    if (standsTogether(await generationAt(readStore, at))) await readStore.repart(at, parts, lease.fence);
  } finally {
    await lease.release();
  }
}

async function catchUp(context: Context, projection: Projection, generation: Generation, turn: Turn): Promise<void> {
  const { store, readStore } = context;
  await bring(context, projection, generation, await store.head(), turn);
  if (turn.signal.aborted) return;
  const { checkpoints } = await generationAt(readStore, generation);
  if (checkpoints.length > 1)
    throw new Error(`${generation.projection} generation ${generation.generation} has parts after its build`);
  const behind = await eventsAfter(store, projection, checkpoints[0]!.position, nearEvents);
  if (behind < nearEvents) await readStore.move(generation, ['catching-up'], 'verifying');
}

/** Followed meanwhile: where the proof takes long, the head is not far when it is done. */
async function prove(context: Context, projection: Projection, generation: Generation, turn: Turn): Promise<void> {
  const follower = follow(context, projection, generation);
  try {
    const verification = await verify(context, projection, generation, { signal: turn.signal });
    const { zh, en } = verdictOf(verification);
    const { passed } = verification;
    await context.readStore.move(generation, ['verifying'], passed ? 'ready' : 'failed', {
      verification,
      ...(passed ? {} : { error: `${zh} / ${en}` }),
    });
  } catch (error) {
    if (!(error instanceof RefoldFailed)) throw error;
    await giveUp(context, generation, error);
  } finally {
    await follower.stop();
  }
}

async function giveUp({ readStore, log }: Context, generation: Generation, err: unknown): Promise<void> {
  const { projection, generation: number, state } = generation;
  log.error({ projection, generation: number, state, position: positionOf(generation), err }, 'a build failed');
  const error = err instanceof Error ? err.message : String(err);
  await readStore.move(generation, [state], 'failed', { error });
}
