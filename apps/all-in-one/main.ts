import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CatalogueModule } from '#catalogue';
import { ChannelsModule } from '#channels';
import { commandLine } from '#command-line';
import { loadIfAsked, whatToOpen } from '#example';
import { listen, openFrontDoor } from '#gateway';
import { House, InProcessBus, InProcessClient, InProcessServer } from '#messaging';
import { closeAll, holdsEvents, nestLogger, openFolder, openPlatform, readConfig, readFolder, runProcess } from '#platform';
import { RequestsModule } from '#requests';
import { StatisticsModule } from '#statistics';

const {
  empty = false,
  events,
  mongodb,
} = commandLine('start')
  .description('全部服务在一个进程里 / every room in one process')
  .option('--events <address>', '事件库服务器地址 / the event store, like kurrentdb://127.0.0.1:2113?tls=false (GONGKAI_EVENTS)')
  .option(
    '--mongodb <address>',
    '视图与密钥的 MongoDB 地址 / MongoDB for views and keys, like mongodb://127.0.0.1:27017/gongkai (GONGKAI_MONGODB)',
  )
  .helpCommand(false)
  .option('--empty', '新的数据文件夹从空白开始，不载入示例 / start a new folder without the example')
  .parse()
  .opts<{ empty?: boolean; events?: string; mongodb?: string }>();

await runProcess(async opened => {
  const environment = {
    ...process.env,
    ...(events ? { GONGKAI_EVENTS: events } : {}),
    ...(mongodb ? { GONGKAI_MONGODB: mongodb } : {}),
  };
  const chosen = readConfig(environment);
  const { notice } = openFolder(chosen, { empty, eventsThere: await holdsEvents(chosen) });
  if (notice) console.log(notice);
  const config = readConfig(environment);
  const platform = await openPlatform('all-in-one', config);
  opened(() => platform.close());
  const { log, clock, tokens } = platform;
  const bus = new InProcessBus();
  const rooms = [CatalogueModule, ChannelsModule, RequestsModule, StatisticsModule].map(room =>
    NestFactory.createMicroservice(room.on(platform), {
      strategy: new InProcessServer(bus),
      logger: nestLogger(log),
      abortOnError: false,
    }),
  );
  opened(() => closeAll(rooms));
  await Promise.all(rooms.map(async room => (await room).listen()));
  const house = new House(new InProcessClient(bus), config.deadlineMs, log);
  const door = await openFrontDoor({
    config,
    log,
    clock,
    tokens,
    house,
    loaded: () => readFolder(config.dataFolder)?.loaded ?? true,
  });
  opened(() => door.close());
  const address = await listen(door, config);
  console.log(whatToOpen(address, config.dataFolder));
  return { failed: loadIfAsked({ config, address, tokens }) };
});
