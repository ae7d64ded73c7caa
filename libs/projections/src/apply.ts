import { partOf, type StoredEvent, UnknownEvent } from '#event-store';
import { type Context, limitsOf, pause } from './context.js';
import { DocCache } from './doc-cache.js';
import { fold, HandlerFailed, type Keyed } from './fold.js';
import { keyOf } from './keys.js';
import type { Projection } from './projection.js';
import type { Batch, Checkpoint, DeadLetter, Ref, Tally } from './read-store.js';
import { accountFor, sumOf } from './tally.js';

/** One part of a generation, under the fence of whoever owns it. */
export interface Place {
  projection: Projection;
  at: Ref;
  part: number;
  parts: number;
  fence: number;
}

/** Where a part stands, in the memory of its owner. */
export interface Standing {
  position: number;
  tally: Tally;
  /** Events up to here were seen, perhaps not stored yet: where reading goes on. */
  read: number;
  /** Keys that wait, with the position of the event that failed. */
  parked: Map<string, number>;
  /** Letters after the checkpoint, by position: what they say of their event is settled. */
  ahead: Map<number, DeadLetter>;
  /** The event at which the part stands, where it does. */
  blocking: DeadLetter | null;
}

/** A part as its store has it. */
export async function standingOf(
  context: Context,
  { projection, at, part, parts }: Place,
  checkpoint: Checkpoint,
): Promise<Standing> {
  const letters = (
    await context.readStore.deadLetters({
      projection: projection.name,
      generation: at.generation,
      states: ['blocking', 'parked', 'waiting', 'skipped'],
    })
  ).filter(({ key }) => partOf(key, parts) === part);
  const parked = new Map<string, number>();
  for (const { key, position, state } of letters) {
    if (state === 'parked' || state === 'waiting') parked.set(key, Math.min(position, parked.get(key) ?? Infinity));
  }
  const ahead = letters.filter(({ position, state }) => position > checkpoint.position && state !== 'blocking');
  return {
    position: checkpoint.position,
    tally: checkpoint.tally,
    read: checkpoint.position,
    parked,
    ahead: new Map(ahead.map(letter => [letter.position, letter])),
    blocking: letters.find(({ position, state }) => position > checkpoint.position && state === 'blocking') ?? null,
  };
}

export interface Applier {
  /**
   * Applies a page of the log (`bytes` of payload) and moves the checkpoint there, at once or with pages to come: in one step where all
   * goes well, else up to the event that fails, that one alone, and on. False: the part stands before an event, which
   * `standing.blocking` names, or was told to stop. @throws what the store throws, StaleFence; what was not committed is as it was
   */
  apply(page: { events: readonly StoredEvent[]; upTo: number; bytes?: number }): Promise<boolean>;
  /** Stores what was applied and is not stored yet. @throws as `apply` */
  flush(): Promise<void>;
}

/** What an owner does with the events of its part. */
export type Work = (context: Context, place: Place, standing: Standing, signal: AbortSignal, hooks: Hooks) => Applier;

export interface Hooks {
  /** Told after each commit. */
  moved(events: number): void;
  /** An event that failed is tried again. */
  retried(failure: HandlerFailed): void;
}

/** Folds them into documents. */
export const applier: Work = (context, place, standing, signal, hooks) => {
  const { readStore } = context;
  const { projection, at, part, parts, fence } = place;
  const limits = limitsOf(context);
  const cache = new DocCache({ docs: limits.cachedDocs, bytes: limits.cachedBytes });
  let pending = nothing();
  /** Up to here everything is stored at once: an event that failed is met again, and nothing before it may be lost with it. */
  let carefulTo = 0;

  function nothing(): { tally: Tally; waiting: DeadLetter[]; events: number } {
    return { tally: sumOf([standing.tally]), waiting: [], events: 0 };
  }

  /** What the events come to, up to and with `to`: their documents, and what they leave waiting. */
  async function applyAll(events: readonly Keyed[], to: number): Promise<void> {
    const { tally, waiting } = pending;
    const digestible: Keyed[] = [];
    for (const keyed of events) {
      const { event, key } = keyed;
      accountFor(tally, event.type, event.position);
      if (standing.ahead.has(event.position)) continue;
      if (event.position > (standing.parked.get(key) ?? Infinity)) waiting.push(letterOf(keyed, 'waiting', '', 0));
      else digestible.push(keyed);
    }
    await fold(readStore, projection, at, digestible, cache);
    pending.events += events.length;
    standing.read = to;
  }

  async function flush(): Promise<void> {
    const { tally, waiting, events } = pending;
    const to = standing.read;
    if (to === standing.position) return;
    await commit({ to, writes: cache.take(), tally, deadLetters: settled(waiting, to) }, events);
  }

  /** As it was stored last. */
  function forget(): void {
    cache.clear();
    standing.read = standing.position;
    pending = nothing();
  }

  /** A letter that said that the part stands before its event has nothing to say once the part has passed it. */
  function settled(letters: readonly DeadLetter[], to: number): readonly DeadLetter[] {
    const { blocking } = standing;
    if (!blocking || blocking.position > to) return letters;
    return [...letters, { ...blocking, state: 'applied', lastAt: context.now().toISOString() }];
  }

  async function commit(batch: Pick<Batch, 'to' | 'writes' | 'tally' | 'deadLetters'>, events: number): Promise<void> {
    await readStore.commit(projection, at, { part, fence, from: standing.position, ...batch });
    standing.position = standing.read = batch.to;
    standing.tally = batch.tally;
    pending = nothing();
    for (const position of standing.ahead.keys()) if (position <= batch.to) standing.ahead.delete(position);
    if (standing.blocking && standing.blocking.position <= batch.to) standing.blocking = null;
    cache.trim();
    hooks.moved(events);
  }

  /** By itself, on documents as they are stored, again and again; then by the projection's policy. */
  async function applyAlone(failing: Keyed, failure: HandlerFailed): Promise<boolean> {
    const before = standing.blocking?.position === failing.event.position ? standing.blocking : null;
    // One that has failed through all its tries, or that only a newer program knows, gets one try at a time.
    const delays = before || failing.event.unknown ? [] : limits.retryMs;
    let attempts = (before?.attempts ?? 0) + 1;
    for (const delay of delays) {
      hooks.retried(failure);
      await pause(delay, signal);
      if (signal.aborted) return false;
      try {
        await applyAll([failing], failing.event.position);
        await flush();
        return true;
      } catch (error) {
        forget();
        if (!(error instanceof HandlerFailed)) throw error;
        failure = error;
        attempts++;
      }
    }
    return giveUp(failing, failure, attempts, before);
  }

  async function giveUp(failing: Keyed, failure: HandlerFailed, attempts: number, before: DeadLetter | null): Promise<boolean> {
    const { event, key } = failing;
    const { name } = projection;
    context.log.error(
      { projection: name, generation: at.generation, position: event.position, key, attempts, err: failure.cause },
      'an event cannot be projected',
    );
    // Without its key nobody knows what would have to wait behind it.
    const policy = failing.keyless ? 'stop' : (projection.onFailure ?? 'stop');
    const letter = {
      ...letterOf(failing, 'blocking', failure.message, attempts),
      ...(before ? { firstAt: before.firstAt } : {}),
    };
    const skipped = await skippedElsewhere(event.position);
    if (skipped) {
      await pass({ ...letter, state: 'skipped', ...skipped });
      return true;
    }
    if (policy === 'stop') {
      await readStore.commit(projection, at, {
        part,
        fence,
        from: standing.position,
        to: standing.position,
        writes: [],
        tally: standing.tally,
        deadLetters: [letter],
      });
      standing.blocking = letter;
      return false;
    }
    if (policy === 'park') {
      await pass({ ...letter, state: 'parked' });
      standing.parked.set(key, event.position);
    } else {
      await pass({ ...letter, state: 'skipped', by: name, reason: policy.skip });
    }
    return true;
  }

  /** Whoever left an event out of another generation, and why: it is left out of this one as well, where it fails here too. */
  async function skippedElsewhere(position: number): Promise<Pick<DeadLetter, 'by' | 'reason'> | null> {
    const letters = await readStore.deadLetters({ projection: projection.name, states: ['skipped'] });
    const found = letters.findLast(one => one.position === position && one.generation !== at.generation);
    return found && found.by !== projection.name ? { by: found.by!, reason: found.reason! } : null;
  }

  /** The event is accounted for by its letter: once, also where every part meets it, since nobody can tell its key. */
  async function pass(letter: DeadLetter): Promise<void> {
    const tally = sumOf([standing.tally]);
    const mine = partOf(letter.key, parts) === part;
    if (mine) accountFor(tally, letter.type, letter.position);
    await commit({ to: letter.position, writes: [], tally, deadLetters: mine ? [letter] : [] }, 1);
  }

  function letterOf({ event, key }: Keyed, state: DeadLetter['state'], error: string, attempts: number): DeadLetter {
    const now = context.now().toISOString();
    return {
      projection: projection.name,
      generation: at.generation,
      version: projection.version,
      position: event.position,
      key,
      stream: event.stream,
      revision: event.revision,
      type: event.type,
      eventId: event.id,
      state,
      error,
      attempts,
      firstAt: now,
      lastAt: now,
    };
  }

  /** Up to the event that fails, that one alone, and on. */
  async function applyThrough(events: readonly Keyed[], to: number): Promise<boolean> {
    for (let rest = events; ;) {
      if (signal.aborted) return false;
      try {
        await applyAll(rest, to);
        if (pending.events >= limits.batchEvents || cache.full || standing.read <= carefulTo) await flush();
        return true;
      } catch (error) {
        const together = pending.events > 0;
        forget();
        if (!(error instanceof HandlerFailed)) throw error;
        carefulTo = Math.max(carefulTo, error.failing.event.position);
        // The pages before are read again, and stored one by one.
        if (together) return true;
        const index = rest.indexOf(error.failing);
        // Those before it come first, on documents that the failing one has not touched.
        if (index > 0 && !(await applyThrough(rest.slice(0, index), rest[index - 1]!.event.position))) return false;
        if (!(await applyAlone(error.failing, error))) return false;
        rest = rest.slice(index + 1);
        if (standing.read >= to) return true;
      }
    }
  }

  return {
    apply({ events, upTo, bytes = 0 }) {
      cache.weigh(bytes);
      const mine = oursOf(events, place).filter(({ event }) => event.position > standing.read);
      return applyThrough(mine, upTo);
    },
    flush,
  };
};

/**
 * The events that fall to a part, with their keys. Of what only a newer program knows, nobody here can tell the key: every part
 * stands before it, lest the one that it falls to has passed it by then.
 */
function oursOf(events: readonly StoredEvent[], { projection, part, parts }: Place): Keyed[] {
  const ours: Keyed[] = [];
  for (const event of events) {
    const keyed = keyedOf(projection, event);
    if (keyed.keyless || partOf(keyed.key, parts) === part) ours.push(keyed);
  }
  return ours;
}

function keyedOf(projection: Projection, event: StoredEvent): Keyed {
  try {
    if (event.unknown) throw new UnknownEvent(event);
    return { event, key: keyOf(projection, event) };
  } catch (error) {
    return { event, key: event.stream, keyless: error };
  }
}
