import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CannotStart,
  closeAll,
  type Config,
  createLog,
  type NatsConfig,
  nestLogger,
  openPlatform,
  type Platform,
  readConfig,
  runProcess,
} from '#platform';
import { natsServerOptions, natsVersion, refuseOldServer } from './nats.js';

const askAgainMs = 500;

/** One room in a process of its own: its store under the data folder, its answers over NATS. */
export function runRoom(name: string, moduleOn: (platform: Platform) => DynamicModule): Promise<void> {
  return runProcess(async opened => {
    const config = readConfig(process.env);
    const nats = natsOf(config);
    const log = createLog(name, config);
    const platform = await openPlatform(name, config, why => log.warn({ why }, 'a store is not reachable yet; waiting for it'));
    opened(() => platform.close());
    await awaitNats(nats, () => log.warn({ nats: nats.servers }, 'NATS is not reachable yet; waiting for it'));
    const room = NestFactory.createMicroservice(moduleOn(platform), {
      ...natsServerOptions(nats, name),
      logger: nestLogger(log),
      abortOnError: false,
    });
    opened(() => closeAll([room]));
    await (await room).listen();
    log.info('the room answers');
    return {};
  });
}

/** @throws CannotStart where no NATS is configured */
export function natsOf(config: Config): NatsConfig {
  if (config.nats) return config.nats;
  throw new CannotStart(
    '请用 GONGKAI_NATS 指定 NATS 服务器，如 nats://127.0.0.1:4222。 / Name the NATS server with GONGKAI_NATS, like nats://127.0.0.1:4222.',
  );
}

/** Resolves once a server answers; `waiting` is told once where none does at first. @throws CannotStart for a server too old */
export async function awaitNats(nats: NatsConfig, waiting: () => void): Promise<void> {
  for (let told = false; ; told = true) {
    const version = await natsVersion(nats);
    if (version) return refuseOldServer(version);
    if (!told) waiting();
    await new Promise(resolve => setTimeout(resolve, askAgainMs));
  }
}
