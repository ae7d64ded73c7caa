import { pause } from './context.js';
import type { Lease, ReadStore } from './read-store.js';

export interface LeaseTerms {
  owner: string;
  /** How long an owner may be silent before another takes its place. */
  ttlMs: number;
  now(): Date;
  /** Not for good: released, it says of the last sign of life what it said before, so that it does not look abandoned meanwhile. */
  passing?: boolean;
}

export interface HeldLease {
  /** Goes into every commit: a store takes nothing under an older one. */
  readonly fence: number;
  /** Aborts when another owner was seen: what this one holds in memory is void. */
  readonly lost: AbortSignal;
  /** Whoever waits takes it at once, instead of after the lease's length. */
  release(): Promise<void>;
}

/** Instant of the last sign of life of what nobody keeps. */
const abandoned = new Date(0).toISOString();
const beatsALease = 3;
const looksALease = 10;
const lookLongestMs = 250;

/**
 * Waits until the lease is free, or its owner has not beaten for its whole length by this process's own clock, which is all a
 * candidate can know: clocks of machines are not compared. Null where the signal aborted first. `meanwhile` is called at each look.
 * @throws what the store throws; silence is then measured anew, for an owner could not beat either
 */
export async function holdLease(
  store: ReadStore,
  name: string,
  { signal, meanwhile, ...terms }: LeaseTerms & { signal: AbortSignal; meanwhile?: () => Promise<void> },
): Promise<HeldLease | null> {
  let seen: Lease | null = null;
  let since = performance.now();
  while (!signal.aborted) {
    const found = await store.lease(name);
    if (!found?.owner || !same(found, seen)) since = performance.now();
    seen = found;
    if (!found?.owner || performance.now() - since >= terms.ttlMs) {
      const mine = await take(store, name, found, terms);
      if (mine) return held(store, name, mine, terms, found);
      continue;
    }
    await meanwhile?.();
    await pause(Math.min(lookLongestMs, terms.ttlMs / looksALease), signal);
  }
  return null;
}

/** Takes the lease at once from whoever has it, in passing: for an act between two of the owner's steps. To be released soon. */
export async function seizeLease(store: ReadStore, name: string, terms: LeaseTerms): Promise<HeldLease> {
  for (;;) {
    const found = await store.lease(name);
    const mine = await take(store, name, found, terms);
    if (mine) return held(store, name, mine, { ...terms, passing: true }, found);
  }
}

async function take(store: ReadStore, name: string, found: Lease | null, { owner, now }: LeaseTerms): Promise<Lease | null> {
  const mine = { owner, fence: (found?.fence ?? 0) + 1, beat: (found?.beat ?? 0) + 1, beatAt: now().toISOString() };
  return (await store.swapLease(name, found, mine)) ? mine : null;
}

function held(
  store: ReadStore,
  name: string,
  taken: Lease,
  { ttlMs, now, passing }: LeaseTerms,
  before: Lease | null,
): HeldLease {
  const lost = new AbortController();
  const released = new AbortController();
  let mine = taken;

  async function beat(): Promise<void> {
    const next = { ...mine, beat: mine.beat + 1, beatAt: now().toISOString() };
    if (await store.swapLease(name, mine, next)) {
      mine = next;
      return;
    }
    // Not the one last seen: another's, or a beat of this one whose answer was lost.
    const found = await store.lease(name);
    if (found?.owner === mine.owner && found.fence === mine.fence) mine = found;
    else lost.abort();
  }

  async function beating(): Promise<void> {
    for (;;) {
      await pause(ttlMs / beatsALease, released.signal);
      if (released.signal.aborted) return;
      try {
        await beat();
      } catch {
        // The store does not answer, so that nobody else can take the lease either; and nobody writes but under its fence.
      }
      if (lost.signal.aborted) return;
    }
  }
  const beats = beating();

  return {
    fence: taken.fence,
    lost: lost.signal,
    async release() {
      released.abort();
      await beats;
      if (lost.signal.aborted) return;
      try {
        await store.swapLease(name, mine, {
          ...mine,
          owner: null,
          beat: mine.beat + 1,
          beatAt: (passing && before?.beatAt) || abandoned,
        });
      } catch {
        // Then it runs out.
      }
    },
  };
}

function same(a: Lease, b: Lease | null): boolean {
  return b !== null && a.owner === b.owner && a.fence === b.fence && a.beat === b.beat;
}
