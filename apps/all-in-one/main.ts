import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Command } from 'commander';
import { CatalogueModule } from '#catalogue';
import { ChannelsModule } from '#channels';
import { loadIfAsked, whatToOpen } from '#example';
import { listen, openFrontDoor } from '#gateway';
import { House, InProcessBus, InProcessClient, InProcessServer } from '#messaging';
import { nestLogger, openEmbeddedPlatform, openFolder, readConfig, readFolder, runProcess } from '#platform';
import { RequestsModule } from '#requests';
import { StatisticsModule } from '#statistics';

const { empty = false } = new Command('start')
  .description('全部服务在一个进程里 / every room in one process')
  .option('--empty', '新的数据文件夹从空白开始，不载入示例 / start a new folder without the example')
  .parse()
  .opts<{ empty?: boolean }>();

await runProcess(async () => {
  const { notice } = openFolder(readConfig(process.env), { empty });
  if (notice) console.log(notice);
  const config = readConfig(process.env);
  const platform = await openEmbeddedPlatform('all-in-one', config);
  const { log, clock, tokens } = platform;
  const bus = new InProcessBus();
  const rooms = await Promise.all(
    [CatalogueModule, ChannelsModule, RequestsModule, StatisticsModule].map(async room => {
      const app = await NestFactory.createMicroservice(room.on(platform), {
        strategy: new InProcessServer(bus),
        logger: nestLogger(log),
        abortOnError: false,
      });
      await app.listen();
      return app;
    }),
  );
  const house = new House(new InProcessClient(bus), config.deadlineMs, log);
  const door = await openFrontDoor({
    config,
    log,
    clock,
    tokens,
    house,
    loaded: () => readFolder(config.dataFolder)?.loaded ?? true,
  });
  const address = await listen(door, config);
  console.log(whatToOpen(address, config.dataFolder));
  return {
    failed: loadIfAsked({ config, address, tokens }),
    async close() {
      await door.close();
      await Promise.all(rooms.map(room => room.close()));
      await platform.close();
    },
  };
});
