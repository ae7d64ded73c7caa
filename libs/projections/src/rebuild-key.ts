import type { Context } from './context.js';
import { leftOut, type Place } from './compare.js';
import { generationAt, positionOf } from './generations.js';
import { eventsOfKeys } from './log-pages.js';
import type { Projection } from './projection.js';
import type { Ref, Write } from './read-store.js';
import { type Docs, foldInto, placeOf, sameDoc } from './refold.js';
import { seize } from './seize.js';
import { placesOfKey } from './survey.js';

export interface RebuiltKey {
  /** Position at which it was rebuilt. */
  position: number;
  documents: number;
  /** Of them, how many were not what they should have been. */
  changed: number;
}

/**
 * Folds the events of one key anew and writes its documents in one step, between two steps of whoever follows the generation. Events that
 * come meanwhile are applied on top of it.
 * @throws RefoldFailed; GenerationGone; StaleFence where others seized it meanwhile: again is harmless
 */
export async function rebuildKey(context: Context, projection: Projection, at: Ref, key: string): Promise<RebuiltKey> {
  const { store, readStore } = context;
  const keys = new Set([key]);
  // The long way is gone while the other still follows; what is left for the moment it stands still is short.
  let left = await leftOut(readStore, at);
  let docs: Docs = new Map();
  let position = positionOf(await generationAt(readStore, at));
  const foldOn = async (after: number, upTo: number) => {
    for await (const event of eventsOfKeys(store, projection, keys, { after, upTo })) {
      if (!left.has(event.position)) foldInto(docs, projection, event);
    }
  };
  await foldOn(0, position);
  const found = await placesOfKey(readStore, projection, at, key);
  const { lease, checkpoint } = await seize(context, projection, at);
  try {
    const leftNow = await leftOut(readStore, at);
    if (!sameSet(left, leftNow)) [left, docs, position] = [leftNow, new Map(), 0];
    await foldOn(position, checkpoint.position);
    const writes = writesFor(docs, found, key, checkpoint.position);
    const changed = await countChanged(context, projection, at, writes, checkpoint.position);
    const { part, position: stands, tally } = checkpoint;
    const batch = { part, fence: lease.fence, from: stands, to: stands, tally };
    await readStore.commit(projection, at, { ...batch, writes, repair: true });
    return { position: stands, documents: writes.filter(({ doc }) => doc !== null).length, changed };
  } finally {
    await lease.release();
  }
}

/** What the events come to; and what no event makes is removed. */
function writesFor(docs: Docs, found: readonly Place[], key: string, position: number): Write[] {
  const strays = found.filter(({ collection, id }) => !docs.has(placeOf(collection, id)));
  return [...docs.values(), ...strays.map(({ collection, id }) => ({ collection, id, key, position, doc: null }))];
}

/** One that was written ahead of its checkpoint, where they do not commit together, is compared with nothing: it comes again. */
async function countChanged(
  { readStore }: Context,
  projection: Projection,
  at: Ref,
  writes: readonly Write[],
  stands: number,
): Promise<number> {
  let changed = 0;
  for (const collection of Object.keys(projection.collections)) {
    const here = writes.filter(write => write.collection === collection);
    if (here.length === 0) continue;
    const ids = here.map(({ id }) => id);
    const kept = await readStore.read(projection, at, collection, ids);
    changed += here.filter(({ id, doc }) => {
      const found = kept.get(id);
      return (found?.position ?? 0) <= stands && !sameDoc(doc, found?.doc);
    }).length;
  }
  return changed;
}

function sameSet(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  return a.size === b.size && [...a].every(one => b.has(one));
}
