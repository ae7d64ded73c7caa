import { commandEvents } from '#commands';
import { type EventTypes, operationsEvents } from '#contracts';
import { versioned } from '#event-store';
import { type Bench, type Build, buildInThreads, type Projection } from '#projections';
import type { Config } from './config.js';
import { openEvents, openMongo, openViews } from './stores.js';

/** Where a thread finds the stores. */
type BenchSettings = Pick<Config, 'dataFolder' | 'stores'>;

/** Builds in threads, with what the module at this address exports as `openBench`: see `benchOf`. */
export function buildWith(module: string, { dataFolder, stores }: BenchSettings): Build {
  return buildInThreads({ module, settings: { dataFolder, stores } satisfies BenchSettings });
}

/** What a thread builds a room's views with; `types` as in `Room.open`. Personal data stays encrypted: a thread has no keys. */
export function benchOf(room: string, types: EventTypes, projections: readonly Projection[]) {
  return async (settings: BenchSettings): Promise<Bench> => {
    const store = versioned(await openEvents(settings), { ...commandEvents, ...operationsEvents, ...types });
    const mongo = await openMongo(settings);
    const readStore = await openViews(settings, room, mongo);
    return {
      ...{ store, readStore, projections },
      async close() {
        await readStore.close();
        await store.close();
        await mongo?.close();
      },
    };
  };
}
