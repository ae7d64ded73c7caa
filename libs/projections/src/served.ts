import { activeIn, generationsOf, positionOf } from './generations.js';
import type { Projection, View } from './projection.js';
import type { Generation, ReadStore, Ref } from './read-store.js';

/** The generation that answers queries. */
export interface Served extends Ref {
  version: number;
  /** It holds everything up to here. */
  position: number;
  /** What the log held when it was begun. */
  goal: number;
}

/** Readers see nothing yet: the only documents there are belong to a version that today's queries do not understand. */
export class ViewUnready extends Error {
  override readonly name = 'ViewUnready';
}

/**
 * What this program's queries read: the active generation, where it is of their version or of one they understand. A program that
 * a newer one is taking the place of goes on with what it keeps up itself.
 */
export function servedOf({ version, answersLike = [] }: Projection, generations: readonly Generation[]): Served | null {
  const active = activeIn(generations);
  const readable = active && (active.version === version || answersLike.includes(active.version));
  const found = readable ? active : generations.find(one => one.state === 'retiring' && one.version === version);
  if (!found) return null;
  const { projection, generation, version: built, goal } = found;
  return { projection, generation, version: built, position: positionOf(found), goal };
}

/** A view of what readers see, for whoever runs no projection. */
export function seen(readStore: ReadStore, projection: Projection): View {
  return viewOf(readStore, projection, async () => servedOf(projection, await generationsOf(readStore, projection.name)));
}

/** A view of what `served` says at its first use, and for as long as it is kept: no query sees a bit of each of two generations. */
export function viewOf(readStore: ReadStore, projection: Projection, served: () => Promise<Served | null>): View {
  let pinned: Promise<View | null> | undefined;
  async function pin(): Promise<View | null> {
    const at = await served();
    return at && readStore.view(projection, at);
  }
  function kept(): Promise<View | null> {
    pinned ??= pin().catch((error: unknown) => {
      pinned = undefined;
      throw error;
    });
    return pinned;
  }
  async function sure(): Promise<View> {
    const view = await kept();
    if (view) return view;
    pinned = undefined;
    throw new ViewUnready(`version ${projection.version} of ${projection.name} is still being built`);
  }
  return {
    get: async (collection, id) => (await sure()).get(collection, id),
    find: async (collection, find) => (await sure()).find(collection, find),
    count: async (collection, find) => (await sure()).count(collection, find),
    position: async () => (await kept())?.position() ?? null,
  };
}
