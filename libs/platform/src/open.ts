import { keyedDigests } from '#commands';
import type { ReadStore } from '#projections';
import { startTracing } from '#tracing';
import { keepAnchor } from './anchors.js';
import { buildWith } from './bench.js';
import { systemClock } from './clock.js';
import type { Config } from './config.js';
import { openKeys } from './keys.js';
import { createLog } from './log.js';
import type { Platform } from './platform.js';
import { openEvents, openMongo, openViews } from './stores.js';
import { openTokens } from './tokens.js';

/**
 * What the settings name: servers by their addresses, files under the data folder for the rest. `waiting` as in `openEvents`.
 * @throws ConfigInvalid, DatabaseUnusable, KeysUnusable, MongoUnavailable, MongoUnusable, StoreUnusable
 */
export async function openPlatform(service: string, config: Config, waiting?: (why: string) => void): Promise<Platform> {
  const tracing = await startTracing(service, process.env);
  const tokens = await openTokens(config);
  // A restore that is at work holds the events: whoever waited for it finds the keys that it put in place.
  const store = await openEvents(config, waiting);
  const mongo = await openMongo(config, waiting);
  const keys = await openKeys(config, mongo);
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
      const readStore = await openViews(config, room, mongo);
      opened.push(readStore);
      return readStore;
    },
    buildWith: bench => buildWith(bench, config),
    async close() {
      for (const readStore of opened) await readStore.close();
      await store.close();
      await keys.close();
      await mongo?.close();
      await tracing.stop();
    },
  };
}
