import { BroadcastChannel } from 'node:worker_threads';
import type { Bench, ReadStore } from '#projections';

/** A room's own bench, and what is changed of it. */
export interface Settings {
  /** Address of the room's module. */
  room: string;
  dataFolder: string;
  /** Without the search of its collections. */
  unsearched?: boolean;
  /** Address of a MongoDB for the views; absent: files. */
  mongodb?: string;
}

/** Told, as an instant of `nowMs`, when a generation holds the log and has its indexes. */
export const loaded = () => {
  const channel = new BroadcastChannel('gongkai-bench-loaded');
  channel.unref();
  return channel;
};

/** One clock for all threads and processes of a machine. */
export const nowMs = () => performance.timeOrigin + performance.now();

export async function openBench({ room, dataFolder, unsearched = false, mongodb }: Settings): Promise<Bench> {
  const own = (await import(room)) as { openBench(settings: object): Promise<Bench> };
  const bench = await own.openBench({ dataFolder, stores: mongodb === undefined ? {} : { mongodb: { url: mongodb } } });
  const readStore = telling(bench.readStore);
  if (!unsearched) return { ...bench, readStore };
  const projections = bench.projections.map(projection => ({
    ...projection,
    collections: Object.fromEntries(Object.entries(projection.collections).map(([name, { indexes }]) => [name, { indexes }])),
  }));
  return { ...bench, readStore, projections };
}

function telling(readStore: ReadStore): ReadStore {
  const channel = loaded();
  return {
    ...readStore,
    async move(at, from, to, note) {
      const moved = await readStore.move(at, from, to, note);
      if (moved && to === 'catching-up') channel.postMessage(nowMs());
      return moved;
    },
  };
}
