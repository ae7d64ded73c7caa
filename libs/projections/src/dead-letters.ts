import { partOf, type StoredEvent, UnknownEvent } from '#event-store';
import { type Context, limitsOf } from './context.js';
import { DocCache } from './doc-cache.js';
import { fold, HandlerFailed, type Keyed } from './fold.js';
import { generationAt, generationsOf } from './generations.js';
import type { Projection } from './projection.js';
import type { Checkpoint, DeadLetter, ReadStore, Ref, Write } from './read-store.js';
import { placeOf } from './refold.js';
import { seize } from './seize.js';
import { accountFor } from './tally.js';

const unsettled: readonly DeadLetter['state'][] = ['blocking', 'parked', 'waiting'];
const lettersAStep = 200;

export function isSettled(state: DeadLetter['state']): boolean {
  return !unsettled.includes(state);
}

/** A letter with the event it is about, and what waits behind it. */
export interface ShownLetter {
  letter: DeadLetter;
  /** As it is stored; null where its stream was deleted. Personal fields are encrypted. */
  event: StoredEvent | null;
  /** Unsettled letters of its key before it, which come first, and after it. */
  before: DeadLetter[];
  behind: DeadLetter[];
}

export interface Settled {
  /** Events that were applied: the one asked for, and those that waited behind it. */
  applied: number;
  /** The one that failed now, with its error; those behind it wait on. */
  failed: DeadLetter | null;
  /** Events of the key that still wait. */
  waiting: number;
}

/** Null where there is no such letter. */
export async function showDeadLetter(
  { store, readStore }: Pick<Context, 'store' | 'readStore'>,
  at: Ref,
  position: number,
): Promise<ShownLetter | null> {
  const letters = await readStore.deadLetters({ projection: at.projection, generation: at.generation });
  const letter = letters.find(one => one.position === position);
  if (!letter) return null;
  const ofKey = letters.filter(one => one.key === letter.key && unsettled.includes(one.state));
  return {
    letter,
    event: await eventAt(store, position),
    before: ofKey.filter(one => one.position < position),
    behind: ofKey.filter(one => one.position > position),
  };
}

/** Of every generation that has a letter at this position, what readers see first. */
export async function showDeadLetters(
  context: Pick<Context, 'store' | 'readStore'>,
  projection: string,
  position: number,
): Promise<ShownLetter[]> {
  const own = await generationsOf(context.readStore, projection);
  own.sort((a, b) => Number(b.state === 'active') - Number(a.state === 'active') || b.generation - a.generation);
  const shown: ShownLetter[] = [];
  for (const one of own) {
    const found = await showDeadLetter(context, one, position);
    if (found) shown.push(found);
  }
  return shown;
}

/**
 * Applies an event that was parked, or that its generation stands before, and then those that waited behind it, in order; up to the first
 * that fails, which is parked. To be asked of the first of its key. Null where nothing of the kind waits.
 * @throws GenerationGone; StaleFence where others seized it meanwhile: again is harmless
 */
export function retryDeadLetter(context: Context, projection: Projection, at: Ref, position: number): Promise<Settled | null> {
  return settle(context, projection, at, position, null);
}

/** Leaves it out for good, with who and why, and applies what waited behind it. As `retryDeadLetter` otherwise. */
export function skipDeadLetter(
  context: Context,
  projection: Projection,
  at: Ref,
  position: number,
  skip: { by: string; reason: string },
): Promise<Settled | null> {
  return settle(context, projection, at, position, skip);
}

async function settle(
  context: Context,
  projection: Projection,
  at: Ref,
  position: number,
  skip: { by: string; reason: string } | null,
): Promise<Settled | null> {
  const { readStore } = context;
  const [asked] = await lettersOf(readStore, at, letter => letter.position === position);
  if (!asked) return null;
  const { checkpoints } = await generationAt(readStore, at);
  const { lease, checkpoint } = await seize(context, projection, at, partOf(asked.key, checkpoints.length));
  try {
    // What came behind it until now is in; what comes later comes by itself.
    const letters = await lettersOf(readStore, at, letter => letter.key === asked.key);
    const rest = letters.filter(letter => letter.position >= position);
    const stands = rest[0]?.state === 'blocking' ? rest[0].position : null;
    const place: Seized = { context, projection, at, checkpoint, fence: lease.fence, stands };
    if (skip && rest[0]?.position === position) {
      const lastAt = context.now().toISOString();
      await keep(place, [], [{ ...rest.shift()!, ...skip, state: 'skipped', lastAt }]);
    }
    return await applyWaiting(place, rest);
  } finally {
    await lease.release();
  }
}

interface Seized {
  context: Context;
  projection: Projection;
  at: Ref;
  checkpoint: Checkpoint;
  fence: number;
  /** The event that the part stands before, where that is the one asked for. */
  stands: number | null;
}

async function applyWaiting(place: Seized, letters: readonly DeadLetter[]): Promise<Settled> {
  const { context } = place;
  let applied = 0;
  for (let from = 0; from < letters.length; from += lettersAStep) {
    const { writes, done, failed } = await foldLetters(place, letters.slice(from, from + lettersAStep));
    applied += done.length;
    const lastAt = context.now().toISOString();
    const settled = done.map((letter): DeadLetter => ({ ...letter, state: 'applied', attempts: letter.attempts + 1, lastAt }));
    await keep(place, writes, failed ? [...settled, failed] : settled);
    if (failed) return { applied, failed, waiting: letters.length - applied - 1 };
  }
  return { applied, failed: null, waiting: 0 };
}

/** In order, up to the first that fails. */
async function foldLetters(
  { context, projection, at }: Seized,
  letters: readonly DeadLetter[],
): Promise<{ writes: Write[]; done: DeadLetter[]; failed: DeadLetter | null }> {
  const { cachedDocs: docs, cachedBytes: bytes } = limitsOf(context);
  const cache = new DocCache({ docs, bytes });
  const written = new Map<string, Write>();
  const done: DeadLetter[] = [];
  for (const letter of letters) {
    try {
      const keyed = await keyedOf(context, letter);
      await fold(context.readStore, projection, at, [keyed], cache);
      for (const { collection, id, key, position, doc } of cache.take()) {
        // As it is after this event: the next one may fail half-way through it.
        written.set(placeOf(collection, id), { collection, id, key, position, doc: structuredClone(doc) });
      }
    } catch (error) {
      if (!(error instanceof HandlerFailed)) throw error;
      const { state, attempts } = letter;
      const failed: DeadLetter = {
        ...letter,
        state: state === 'blocking' ? 'blocking' : 'parked',
        error: error.message,
        attempts: attempts + 1,
        lastAt: context.now().toISOString(),
      };
      return { writes: [...written.values()], done, failed };
    }
    done.push(letter);
  }
  return { writes: [...written.values()], done, failed: null };
}

async function keyedOf({ store }: Context, { key, position, stream, revision }: DeadLetter): Promise<Keyed> {
  const event = await eventAt(store, position);
  if (!event) throw new Error(`${stream} ${revision} is not at position ${position} of the log any more`);
  return { event, key, ...(event.unknown ? { keyless: new UnknownEvent(event) } : {}) };
}

async function eventAt(store: Context['store'], position: number): Promise<StoredEvent | null> {
  const { events } = await store.readAll({ after: position - 1, limit: 1 });
  return events[0]?.position === position ? events[0] : null;
}

/**
 * The checkpoint stays: these events were accounted for when they were parked. Only one that the part stood before is accounted for now,
 * and passed. One whose letter was stored before its checkpoint is met again without effect, and accounted for then.
 */
async function keep(place: Seized, writes: readonly Write[], deadLetters: readonly DeadLetter[]): Promise<void> {
  const { context, projection, at, checkpoint, fence, stands } = place;
  const { part, position: from } = checkpoint;
  const passed = deadLetters.find(({ position, state }) => position === stands && position > from && isSettled(state));
  const to = passed?.position ?? from;
  const tally = structuredClone(checkpoint.tally);
  if (passed) accountFor(tally, passed.type, passed.position);
  await context.readStore.commit(projection, at, { part, fence, from, to, writes, tally, deadLetters });
  place.checkpoint = { ...checkpoint, position: to, tally };
}

async function lettersOf(readStore: ReadStore, at: Ref, wanted: (letter: DeadLetter) => boolean): Promise<DeadLetter[]> {
  const { projection, generation } = at;
  const letters = await readStore.deadLetters({ projection, generation, states: unsettled });
  return letters.filter(wanted).sort((a, b) => a.position - b.position);
}
