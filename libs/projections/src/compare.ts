import { eventsOfKeys } from './log-pages.js';
import type { Context } from './context.js';
import type { Projection } from './projection.js';
import type { DeadLetter, KeptDoc, ReadStore, Ref } from './read-store.js';
import { type Docs, foldInto, placeOf, sameDoc } from './refold.js';

/** Where a document is, or would be. */
export interface Place {
  collection: string;
  id: string;
}

/** A document that is not what its key's events make of it. */
export interface Differing extends Place {
  key: string;
}

const docsARead = 500;
const triesMax = 5;

/**
 * Folds all events of some keys anew and compares the documents, byte for byte, with what a generation holds, which may be
 * followed meanwhile: a document is compared as it was at its own position. `upTo` is a checkpoint that the generation had before
 * this began; `also`: documents that are there, whether the events make them or not.
 * @throws RefoldFailed
 */
export async function compareKeys(
  context: Pick<Context, 'store' | 'readStore'>,
  projection: Projection,
  at: Ref,
  keys: ReadonlySet<string>,
  { upTo, also = [] }: { upTo: number; also?: readonly Place[] },
): Promise<Differing[]> {
  for (let tries = 1; ; tries++) {
    const left = await leftOut(context.readStore, at);
    const differing = await compareOnce(context, projection, at, keys, { upTo, also, left });
    if (differing.length === 0 || tries === triesMax) return differing;
    // Whoever retried a parked event meanwhile changed what the documents hold.
    const now = await leftOut(context.readStore, at);
    if (now.size === left.size && [...now].every(position => left.has(position))) return differing;
  }
}

/** Positions of the events that a generation did not apply, as it says itself. */
export async function leftOut(readStore: ReadStore, { projection, generation }: Ref): Promise<ReadonlySet<number>> {
  const states: DeadLetter['state'][] = ['blocking', 'parked', 'waiting', 'skipped'];
  return new Set((await readStore.deadLetters({ projection, generation, states })).map(({ position }) => position));
}

async function compareOnce(
  { store, readStore }: Pick<Context, 'store' | 'readStore'>,
  projection: Projection,
  at: Ref,
  keys: ReadonlySet<string>,
  { upTo, also, left }: { upTo: number; also: readonly Place[]; left: ReadonlySet<number> },
): Promise<Differing[]> {
  const docs: Docs = new Map();
  for await (const event of eventsOfKeys(store, projection, keys, { after: 0, upTo })) {
    if (!left.has(event.position)) foldInto(docs, projection, event);
  }
  const differing = new Map<string, Differing>();
  const later = new Map<string, KeptDoc>();
  for (const { collection, id, kept } of await keptOf(readStore, projection, at, [...docs.values(), ...also])) {
    const place = placeOf(collection, id);
    if (kept && kept.position > upTo) later.set(place, kept);
    if (later.has(place) || !sameDoc(docs.get(place)?.doc, kept?.doc))
      differing.set(place, { collection, id, key: docs.get(place)?.key ?? kept!.key });
  }
  const last = Math.max(upTo, ...[...later.values()].map(({ position }) => position));
  for await (const event of eventsOfKeys(store, projection, keys, { after: upTo, upTo: last })) {
    if (left.has(event.position)) continue;
    for (const { collection, id } of foldInto(docs, projection, event)) {
      const place = placeOf(collection, id);
      const kept = later.get(place);
      if (kept?.position === event.position && sameDoc(docs.get(place)!.doc, kept.doc)) differing.delete(place);
    }
  }
  return [...differing.values()];
}

async function keptOf(
  readStore: ReadStore,
  projection: Projection,
  at: Ref,
  places: readonly Place[],
): Promise<(Place & { kept: KeptDoc | undefined })[]> {
  const wanted = new Map<string, Set<string>>();
  for (const { collection, id } of places) wanted.set(collection, (wanted.get(collection) ?? new Set()).add(id));
  const found: (Place & { kept: KeptDoc | undefined })[] = [];
  for (const [collection, all] of wanted) {
    const ids = [...all];
    for (let from = 0; from < ids.length; from += docsARead) {
      const page = ids.slice(from, from + docsARead);
      const kept = await readStore.read(projection, at, collection, page);
      found.push(...page.map(id => ({ collection, id, kept: kept.get(id) })));
    }
  }
  return found;
}
