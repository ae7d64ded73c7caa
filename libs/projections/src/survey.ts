import type { Projection } from './projection.js';
import type { KeptDoc, ReadStore, Ref, Verification } from './read-store.js';
import type { Place } from './compare.js';
import { sameDoc } from './refold.js';

type Against = NonNullable<Verification['against']>;
type Counts = Against['collections'][string];

const docsAPage = 500;
const examplesMax = 20;

/** A generation at the position that its documents are known to hold. */
export interface At extends Ref {
  position: number;
}

/**
 * Looks at every document of a generation, and compares it with another one where that is given. Both may be followed meanwhile,
 * each at its own pace: what one of them holds only because it is further on is not called a difference.
 */
export async function surveyed(
  readStore: ReadStore,
  projection: Projection,
  here: At,
  there: At | null,
  see: (doc: Place & KeptDoc) => void,
): Promise<Against | undefined> {
  const collections: Record<string, Counts> = {};
  const examples: string[] = [];
  const example = (what: string, collection: string, id: string) => {
    if (examples.length < examplesMax) examples.push(`${collection} ${id}: ${what}`);
  };
  for (const collection of Object.keys(projection.collections)) {
    const counts: Counts = (collections[collection] = { here: 0, there: 0, added: 0, gone: 0, changed: 0 });
    for await (const page of pages(readStore, projection, here, collection)) {
      counts.here += page.length;
      for (const doc of page) see({ collection, ...doc });
      if (!there) continue;
      const others = await readStore.read(projection, there, collection, idsOf(page));
      for (const doc of page) {
        const other = others.get(doc.id);
        if (further(doc, other, here, there)) continue;
        if (!other?.doc) {
          counts.added++;
          example('added', collection, doc.id);
        } else if (!sameDoc(doc.doc, other.doc)) {
          counts.changed++;
          example('changed', collection, doc.id);
        }
      }
    }
    if (!there) continue;
    for await (const page of pages(readStore, projection, there, collection)) {
      counts.there += page.length;
      const ours = await readStore.read(projection, here, collection, idsOf(page));
      for (const other of page) {
        const doc = ours.get(other.id);
        if (doc?.doc || further(doc, other, here, there)) continue;
        counts.gone++;
        example('gone', collection, other.id);
      }
    }
  }
  return there ? { generation: there.generation, collections, examples } : undefined;
}

/** Documents that stand under a key, whether its events make them or not. */
export async function placesOfKey(readStore: ReadStore, projection: Projection, at: Ref, key: string): Promise<Place[]> {
  const found: Place[] = [];
  for (const collection of Object.keys(projection.collections)) {
    for await (const page of pages(readStore, projection, at, collection))
      found.push(...page.filter(doc => doc.key === key).map(({ id }) => ({ collection, id })));
  }
  return found;
}

/** Whether one of the two was changed by an event that the other generation has not come to. */
function further(doc: KeptDoc | undefined, other: KeptDoc | undefined, here: At, there: At): boolean {
  return (doc?.position ?? 0) > there.position || (other?.position ?? 0) > here.position;
}

async function* pages(readStore: ReadStore, projection: Projection, at: Ref, collection: string): AsyncGenerator<KeptDoc[]> {
  for (let after: string | null = null; ;) {
    const page: KeptDoc[] = await readStore.page(projection, at, collection, after, docsAPage);
    if (page.length > 0) yield page;
    if (page.length < docsAPage) return;
    after = page.at(-1)!.id;
    await new Promise(resolve => setImmediate(resolve));
  }
}

function idsOf(docs: readonly KeptDoc[]): string[] {
  return docs.map(({ id }) => id);
}
