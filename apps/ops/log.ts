import { existsSync } from 'node:fs';
import type { EventStore } from '#event-store';
import type { Mongo } from '#mongo';
import { CannotStart, type Config, eventsFile, openEvents, openMongo, readConfig, refuseBackup } from '#platform';

export interface OpenedLog {
  config: Config;
  /** Events as they are stored. */
  log: EventStore;
  /** Where views and keys are, where a setting names it; connected when it is first asked for. @throws MongoUnavailable, MongoUnusable */
  mongo(): Promise<Mongo | null>;
}

/**
 * The log as it is stored, for as long as `use` works on it.
 * @throws CannotStart where the folder holds no data, FolderUnusable where it is a backup
 */
export async function withLog<T>(use: (opened: OpenedLog) => Promise<T>): Promise<T> {
  const config = readConfig(process.env);
  refuseBackup(config.dataFolder);
  if (!config.stores.events && !existsSync(eventsFile(config.dataFolder))) {
    throw new CannotStart(
      `数据文件夹 ${config.dataFolder} 里没有数据（缺 events.db），请检查 GONGKAI_DATA。 / ${config.dataFolder} holds no data (no events.db); check GONGKAI_DATA.`,
    );
  }
  const log = await openEvents(config);
  let mongo: Promise<Mongo | null> | undefined;
  try {
    return await use({ config, log, mongo: () => (mongo ??= openMongo(config)) });
  } finally {
    await log.close();
    await (await mongo?.catch(() => null))?.close();
  }
}

export function print(asJson: boolean | undefined, value: unknown, lines: readonly string[]): void {
  process.stdout.write(asJson ? `${JSON.stringify(value, null, 2)}\n` : `${lines.join('\n')}\n`);
}
