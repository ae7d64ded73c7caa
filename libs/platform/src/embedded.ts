import { join } from 'node:path';
import { keyedDigests } from '#commands';
import { openSqliteEventStore } from '#event-store';
import { openSqliteReadStore, type ReadStore } from '#projections';
import { keepAnchor } from './anchors.js';
import { systemClock } from './clock.js';
import type { Config } from './config.js';
import { openKeys } from './keys.js';
import { createLog } from './log.js';
import type { Platform } from './platform.js';
import { openTokens } from './tokens.js';

export function eventsFile(dataFolder: string): string {
  return join(dataFolder, 'events.db');
}

export function viewsFile(dataFolder: string, room: string): string {
  return join(dataFolder, 'views', `${room}.db`);
}

/** The embedded stack: SQLite files under the data folder. @throws ConfigInvalid, DatabaseUnusable, KeysUnusable, StoreUnusable */
export async function openEmbeddedPlatform(service: string, config: Config): Promise<Platform> {
  const tokens = await openTokens(config);
  const keys = await openKeys(config);
  const store = await openSqliteEventStore(eventsFile(config.dataFolder));
  const clock = systemClock(config.timeZone);
  const opened: ReadStore[] = [];
  return {
    config,
    log: createLog(service, config),
    clock,
    tokens,
    store,
    keys,
    digests: keyedDigests(await keys.secret('command-digests'), keys),
    anchor: (upTo, reason) => keepAnchor({ dataFolder: config.dataFolder, store, keys }, { upTo, now: clock.now(), reason }),
    async readStore(room) {
      const readStore = await openSqliteReadStore(viewsFile(config.dataFolder, room));
      opened.push(readStore);
      return readStore;
    },
    async close() {
      for (const readStore of opened) await readStore.close();
      await store.close();
      await keys.close();
    },
  };
}
