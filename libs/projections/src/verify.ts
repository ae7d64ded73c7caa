import { compareKeys, type Differing, type Place } from './compare.js';
import type { Context } from './context.js';
import { activeIn, generationAt, generationsOf, positionOf, standsTogether, tallyOf } from './generations.js';
import { keyOf } from './keys.js';
import { logPages } from './log-pages.js';
import type { Projection } from './projection.js';
import type { DeadLetter, Generation, ReadStore, Ref, Tally, Verification } from './read-store.js';
import { sampleOf } from './sampling.js';
import { surveyed } from './survey.js';
import { accountFor, differences } from './tally.js';

const sampledKeys = 100;

/**
 * Whether a generation is what the log says, at the position it has come to; it may be followed meanwhile. Three questions, each
 * answered in another way than it was built: are as many events accounted for as the log holds (read without a filter); are the
 * documents of sampled keys the fold of their events, byte for byte; and how does it differ from what readers see now.
 * @throws GenerationGone; RefoldFailed; Error while its parts stand apart
 */
export async function verify(
  context: Pick<Context, 'store' | 'readStore'>,
  projection: Projection,
  at: Ref,
  options: { keys?: number; seed?: number; signal?: AbortSignal } = {},
): Promise<Verification> {
  const { readStore } = context;
  const generation = await generationAt(readStore, at);
  const { position, tally } = standOf(generation);
  const sample = sampleOf(options.keys ?? sampledKeys, options.seed ?? at.generation);
  const stored: Tally = {};
  for await (const page of logPages(context.store, { after: 0, upTo: position })) {
    options.signal?.throwIfAborted();
    for (const event of page) {
      if (!projection.events.includes(event.type)) continue;
      accountFor(stored, event.type, event.position);
      if (!event.unknown) sample.offer(keyOf(projection, event));
    }
  }
  const keys = sample.values;
  const live = generation.state === 'active' ? null : (activeIn(await generationsOf(readStore, at.projection)) ?? null);
  const there = live && { ...live, position: positionOf(live) };
  const found: Place[] = [];
  const against = await surveyed(readStore, projection, { ...at, position }, there, ({ collection, id, key }) => {
    options.signal?.throwIfAborted();
    if (keys.has(key)) found.push({ collection, id });
  });
  const missing = differences(stored, tally);
  const differing = await compareKeys(context, projection, at, keys, { upTo: position, also: found });
  const undigested = await undigestedIn(readStore, generation, live);
  return {
    position,
    passed: missing.length === 0 && differing.length === 0 && undigested === 0,
    missing,
    sampled: keys.size,
    differing: differing.map(({ collection, id }) => ({ collection, id })),
    undigested,
    ...(against ? { against } : {}),
  };
}

/**
 * Refolds the keys of the next events after a position of the log, for a check now and then that comes round to all of them.
 * `next` is where the following check goes on: from the beginning again once the generation's own position is reached.
 */
export async function checkSample(
  context: Pick<Context, 'store' | 'readStore'>,
  projection: Projection,
  at: Ref,
  { after, keys: wanted }: { after: number; keys: number },
): Promise<{ keys: ReadonlySet<string>; differing: Differing[]; next: number }> {
  const position = positionOf(await generationAt(context.readStore, at));
  const { events, upTo } = await context.store.readAll({ after, limit: wanted, types: projection.events });
  const held = events.filter(event => event.position <= position && !event.unknown);
  const keys = new Set(held.map(event => keyOf(projection, event)));
  const differing = await compareKeys(context, projection, at, keys, { upTo: position });
  return { keys, differing, next: upTo >= position ? 0 : upTo };
}

/** Position and tally of a generation whose parts stand together. */
function standOf(generation: Generation): { position: number; tally: Tally } {
  if (!standsTogether(generation))
    throw new Error(`${generation.projection} generation ${generation.generation} is being built in parts that stand apart`);
  return { position: positionOf(generation), tally: tallyOf(generation) };
}

/** Events that wait here, which what readers see now has come to, and of whose keys nothing waits there. */
async function undigestedIn(
  readStore: ReadStore,
  { projection, generation, state }: Generation,
  live: Generation | null,
): Promise<number> {
  if (state === 'active' || !live) return 0;
  const states: DeadLetter['state'][] = ['blocking', 'parked', 'waiting'];
  const here = await readStore.deadLetters({ projection, generation, states });
  if (here.length === 0) return 0;
  const there = await readStore.deadLetters({ projection, generation: live.generation, states });
  const known = new Set(there.map(({ key }) => key));
  const reached = positionOf(live);
  return here.filter(({ key, position }) => position <= reached && !known.has(key)).length;
}
