import { generationKey, isDuplicate, partKey, type Place, registered, registryOf } from './mongo-registry.js';
import type { Lease, Paused } from './read-store.js';

/** A part's lease, and that of whoever builds a generation, is kept beside its checkpoint, so that one update checks the one and moves the other. */
function placeOf(name: string): { projection: string; path: string } {
  const [, projection, generation, part] = /^(.+)\/(\d+)\/(\d+|build)$/.exec(name) ?? [];
  if (projection === undefined) return { projection: name, path: 'lease' };
  return { projection, path: `leases.${generationKey(Number(generation))}.${partKey(part!)}` };
}

export async function leaseIn(place: Place, name: string): Promise<Lease | null> {
  const { projection, path } = placeOf(name);
  const found: unknown = await registered(place, projection);
  return (
    (path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], found) as Lease | undefined) ??
    null
  );
}

export async function swapLease(place: Place, name: string, seen: Lease | null, next: Lease): Promise<boolean> {
  const { projection, path } = placeOf(name);
  const { owner, fence, beat, beatAt } = next;
  const guard = seen
    ? Object.fromEntries(Object.entries(seen).map(([field, value]) => [`${path}.${field}`, value]))
    : { [path]: { $exists: false } };
  try {
    return await place.mongo.use(async database => {
      const { matchedCount, upsertedCount } = await registryOf(database, place).updateOne(
        { _id: projection, ...guard } as object,
        { $set: { [path]: { owner, fence, beat, beatAt } } } as object,
        { upsert: seen === null },
      );
      return matchedCount + upsertedCount === 1;
    });
  } catch (error) {
    // It is there, and somebody has the lease.
    if (seen === null && isDuplicate((error as Error).cause ?? error)) return false;
    throw error;
  }
}

export async function pause(place: Place, projection: string, paused: Paused | null): Promise<void> {
  const update = paused
    ? { $set: { paused: { by: paused.by, at: paused.at, reason: paused.reason } } }
    : { $unset: { paused: '' as const } };
  await place.mongo.use(database =>
    registryOf(database, place).updateOne({ _id: projection }, update, { upsert: paused !== null }),
  );
}

export async function pausedIn(place: Place): Promise<Map<string, Paused>> {
  const found = await place.mongo.use(database => registryOf(database, place).find().sort({ _id: 1 }).toArray());
  return new Map(found.flatMap(({ _id, paused }) => (paused ? [[_id, paused] as const] : [])));
}
