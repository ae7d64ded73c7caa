import { documentsOf, generationKey, type Place, registryOf, schemaOf } from './mongo-registry.js';
import type { ProjectionSchema } from './projection.js';
import { GenerationGone, type Ref } from './read-store.js';

/** Indexes of a generation's collections. Again is harmless. */
export async function finish(place: Place, projection: ProjectionSchema, at: Ref): Promise<void> {
  for (const collection of Object.keys(projection.collections)) {
    const { indexes, text } = schemaOf(projection, collection);
    const wanted = [
      ...indexes.map((fields, index) => ({
        name: `i${index}`,
        key: { ...Object.fromEntries(fields.map(one => [pathOf(one), 1])), _id: 1 },
      })),
      ...(text ? [{ name: 'search', key: { tokens: 1 } }] : []),
    ];
    if (wanted.length === 0) continue;
    await patiently(() =>
      place.mongo.use(database =>
        documentsOf(database, place, at, collection).createIndexes(
          wanted as Parameters<ReturnType<typeof documentsOf>['createIndexes']>[0],
        ),
      ),
    );
  }
}

/** The server goes on building an index when the one who asked for it gave up waiting: whoever asks again waits for the same. */
async function patiently(build: () => Promise<unknown>): Promise<void> {
  for (const until = performance.now() + longestMs; ;) {
    try {
      await build();
      return;
    } catch (error) {
      const slow = (error as { cause?: Error }).cause?.name === 'MongoNetworkTimeoutError';
      if (!slow || performance.now() > until) throw error;
    }
  }
}
const longestMs = 3_600_000;

/** @throws GenerationGone */
export async function mustBeThere(place: Place, { projection, generation }: Ref): Promise<void> {
  const found = await place.mongo.use(database =>
    registryOf(database, place).findOne(
      { _id: projection, [`generations.${generationKey(generation)}`]: { $exists: true } },
      { projection: { _id: 1 } },
    ),
  );
  if (!found) throw new GenerationGone(`${projection} generation ${generation} was dropped`);
}

/** Where a field of a document is kept. */
export function pathOf(field: string): string {
  if (!/^[A-Za-z][A-Za-z0-9.]*$/.test(field)) throw new Error(`Not a field: ${field}`);
  return field === 'id' ? '_id' : `doc.${field}`;
}
