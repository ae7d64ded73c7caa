import { catalogueBench, recordsView } from '#catalogue';
import { channelsBench, channelsView } from '#channels';
import { versioned, type VersionedStore } from '#event-store';
import { openViews } from '#platform';
import type { Projection, ReadStore } from '#projections';
import { requestsBench, requestsView } from '#requests';
import { statisticsBench, statisticsProjections } from '#statistics';
import { eventTypes } from './event-types.js';
import { type OpenedLog, withLog } from './log.js';

export { print } from './log.js';

export const rooms: Readonly<Record<string, readonly Projection[]>> = {
  catalogue: [recordsView],
  channels: [channelsView],
  requests: [requestsView],
  statistics: statisticsProjections,
};

/** What threads build a room's views with. */
export const benches: Readonly<Record<string, string>> = {
  catalogue: catalogueBench,
  channels: channelsBench,
  requests: requestsBench,
  statistics: statisticsBench,
};

export interface Files extends OpenedLog {
  /** Events as this program knows them. */
  store: VersionedStore;
  readStore(room: string): Promise<ReadStore>;
}

/** What the house stands on, for as long as `use` works on it. @throws as `withLog` */
export async function withFiles<T>(use: (files: Files) => Promise<T>): Promise<T> {
  return withLog(async opened => {
    const readStores: ReadStore[] = [];
    try {
      return await use({
        ...opened,
        store: versioned(opened.log, eventTypes),
        async readStore(room) {
          const readStore = await openViews(opened.config, room, await opened.mongo());
          readStores.push(readStore);
          return readStore;
        },
      });
    } finally {
      for (const readStore of readStores) await readStore.close();
    }
  });
}
