import { type Context, pause } from './context.js';
import { Blocked, follow } from './follower.js';
import { activeIn, generationAt, generationsOf, positionOf } from './generations.js';
import type { Projection } from './projection.js';
import type { GenerationState, Ref } from './read-store.js';
import { seize } from './seize.js';

const lookMs = 20;
/** Longest stretch during which the live one is held still; readers go on meanwhile. */
const stillMs = 5_000;

/** A generation that does not come to where it should be, without saying why. */
export class Stalled extends Error {
  override readonly name = 'Stalled';
}

/**
 * Brings a generation of one part to a position, whether this process follows it or another.
 * @throws Blocked where it stands before an event; Stalled after `withinMs`; GenerationGone
 */
export async function reach(
  context: Context,
  projection: Projection,
  at: Ref,
  position: number,
  { signal, withinMs = Infinity }: { signal: AbortSignal; withinMs?: number },
): Promise<void> {
  const until = performance.now() + withinMs;
  if (positionOf(await generationAt(context.readStore, at)) >= position) return;
  const follower = follow(context, projection, at, { upTo: position, onBlocked: 'fail' });
  let failed: unknown;
  follower.ended.catch((error: unknown) => (failed = error));
  try {
    while (!signal.aborted) {
      if (positionOf(await generationAt(context.readStore, at)) >= position) return;
      if (failed) throw failed;
      const [letter] = await context.readStore.deadLetters({
        projection: at.projection,
        generation: at.generation,
        states: ['blocking'],
      });
      // Another process has it, and stands.
      if (letter) throw new Blocked(letter);
      if (performance.now() > until) throw new Stalled(`${at.projection} generation ${at.generation} does not reach ${position}`);
      await pause(lookMs, signal);
    }
  } finally {
    await follower.stop();
  }
}

/**
 * Lets readers see a generation. It comes to the head first; then the live one is held still, so that no reader sees less than
 * before. False where it is in none of `from` any more, or the signal aborted.
 * @throws Blocked, Stalled, GenerationGone; what readers see is then as it was
 */
export async function switchTo(
  context: Context,
  projection: Projection,
  at: Ref,
  { from, signal }: { from: readonly GenerationState[]; signal: AbortSignal },
): Promise<boolean> {
  const { readStore } = context;
  await reach(context, projection, at, await context.store.head(), { signal });
  const live = activeIn(await generationsOf(readStore, projection.name));
  if (!live || live.generation === at.generation) return !signal.aborted && readStore.activate(at, from);
  // The live one has one part: several are for builds.
  const { lease, checkpoint } = await seize(context, projection, live);
  try {
    // Where documents come before their checkpoint, readers may have seen more than it says; not more than there is.
    const seen = readStore.atomic ? checkpoint.position : await context.store.head();
    await reach(context, projection, at, seen, { signal, withinMs: stillMs });
    return !signal.aborted && (await readStore.activate(at, from));
  } finally {
    await lease.release();
  }
}
