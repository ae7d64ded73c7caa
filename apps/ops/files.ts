import { existsSync } from 'node:fs';
import { recordsView } from '#catalogue';
import { channelsView } from '#channels';
import { type EventStore, openSqliteEventStore, versioned, type VersionedStore } from '#event-store';
import { CannotStart, type Config, eventsFile, openViews, readConfig } from '#platform';
import { type Projection, type ReadStore } from '#projections';
import { requestsView } from '#requests';
import { statisticsProjections } from '#statistics';
import { eventTypes } from './event-types.js';

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

/** The folder's files, for as long as `use` works on them. @throws CannotStart where the folder holds no data */
export async function withFiles<T>(use: (files: Files) => Promise<T>): Promise<T> {
  const config = readConfig(process.env);
  const file = eventsFile(config.dataFolder);
  if (!existsSync(file)) {
    throw new CannotStart(
      `数据文件夹 ${config.dataFolder} 里没有数据（缺 events.db），请检查 GONGKAI_DATA。 / ${config.dataFolder} holds no data (no events.db); check GONGKAI_DATA.`,
    );
  }
  const log = await openSqliteEventStore(file);
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
    await log.close();
  }
}

export function print(asJson: boolean | undefined, value: unknown, lines: readonly string[]): void {
  process.stdout.write(asJson ? `${JSON.stringify(value, null, 2)}\n` : `${lines.join('\n')}\n`);
}
