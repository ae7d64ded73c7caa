import { type Context, pause } from './context.js';
import { generationAt, tallyOf } from './generations.js';
import type { Generation, GenerationState, Ref } from './read-store.js';
import { eventsIn } from './tally.js';

/** How far a build is. `done`, `total` and `share` never fall, and `done` never exceeds `total`. */
export interface Progress {
  generation: number;
  state: GenerationState;
  /** In positions of the log: up to where it was read, and up to where it goes: the head at the start, and what was appended since. */
  done: number;
  total: number;
  /** From 0 to 1. */
  share: number;
  /** Events accounted for, in all and a second since this watch began. */
  events: number;
  perSecond: number;
  /** Time left at this rate; null where it cannot be told. */
  leftMs: number | null;
}

const lookMs = 250;
const arrived: readonly GenerationState[] = ['ready', 'active', 'retiring'];

/** Of several looks at one generation, in order. `atMs` is a clock that only goes forward. */
export function progressing(): (generation: Generation, head: number, atMs: number) => Progress {
  let first: { done: number; events: number; atMs: number } | undefined;
  let [doneMost, totalMost, shareMost] = [0, 0, 0];
  return (generation, head, atMs) => {
    const { checkpoints, goal, state } = generation;
    const read = Math.floor(checkpoints.reduce((sum, { position }) => sum + position, 0) / Math.max(1, checkpoints.length));
    const events = eventsIn(tallyOf(generation));
    doneMost = Math.max(doneMost, read);
    totalMost = Math.max(totalMost, goal, head, doneMost);
    shareMost = arrived.includes(state) ? 1 : Math.max(shareMost, totalMost === 0 ? 0 : doneMost / totalMost);
    first ??= { done: doneMost, events, atMs };
    const elapsedMs = atMs - first.atMs;
    const gained = doneMost - first.done;
    return {
      generation: generation.generation,
      state,
      done: doneMost,
      total: totalMost,
      share: shareMost,
      events,
      perSecond: elapsedMs > 0 ? Math.round(((events - first.events) * 1_000) / elapsedMs) : 0,
      leftMs: shareMost === 1 ? 0 : gained > 0 ? Math.round(((totalMost - doneMost) * elapsedMs) / gained) : null,
    };
  };
}

/** Tells how far a generation is, whoever works on it, until stopped or it is gone; once more at the end. */
export function watchProgress(
  { store, readStore }: Pick<Context, 'store' | 'readStore'>,
  at: Ref,
  tell: (progress: Progress) => void,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const progress = progressing();
  const look = async () => tell(progress(await generationAt(readStore, at), await store.head(), performance.now()));
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await look().catch(() => {});
      await pause(lookMs, stopping.signal);
    }
    await look().catch(() => {});
  })();
  return {
    stop() {
      stopping.abort();
      return watching;
    },
  };
}
