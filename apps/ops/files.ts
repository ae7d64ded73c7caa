import { recordsView } from '#catalogue';
import { channelsView } from '#channels';
import { type EventStore, versioned, type VersionedStore } from '#event-store';
import { type Config, openViews } from '#platform';
import type { Projection, ReadStore } from '#projections';
import { requestsView } from '#requests';
import { statisticsProjections } from '#statistics';
import { eventTypes } from './event-types.js';
import { withLog } from './log.js';

export { print } from './log.js';

export const rooms: Readonly<Record<string, readonly Projection[]>> = {
  catalogue: [recordsView],
  channels: [channelsView],
  requests: [requestsView],
  statistics: statisticsProjections,
};

export interface Files {
  config: Config;
  /** Events as this program knows them. */
  store: VersionedStore;
  /** Events as they are stored. */
  log: EventStore;
  readStore(room: string): Promise<ReadStore>;
}

/** What the house stands on, for as long as `use` works on it. @throws as `withLog` */
export async function withFiles<T>(use: (files: Files) => Promise<T>): Promise<T> {
  return withLog(async ({ config, log }) => {
    const opened: ReadStore[] = [];
    try {
      return await use({
        config,
        store: versioned(log, eventTypes),
        log,
        async readStore(room) {
          const readStore = await openViews(config, room);
          opened.push(readStore);
          return readStore;
        },
      });
    } finally {
      for (const readStore of opened) await readStore.close();
    }
  });
}
