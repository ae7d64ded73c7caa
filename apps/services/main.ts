import { commandLine } from '#command-line';
import { loadIfAsked, whatToOpen } from '#example';
import { publicAddress } from '#gateway';
import { awaitNats, natsOf } from '#messaging';
import { readMongoUrl } from '#mongo';
import {
  CannotStart,
  createLog,
  holdsEvents,
  openFolder,
  openMongo,
  openTokens,
  readConfig,
  runProcess,
  useFolder,
} from '#platform';
import { keepRunning } from './children.js';

const options = commandLine('services')
  .description('五个进程，经 NATS 通信 / five processes over NATS')
  .option('--nats <address>', 'NATS 服务器地址 / the NATS server, like nats://127.0.0.1:4222 (GONGKAI_NATS)')
  .option('--events <address>', '事件库服务器地址 / the event store, like kurrentdb://127.0.0.1:2113?tls=false (GONGKAI_EVENTS)')
  .option(
    '--mongodb <address>',
    '视图与密钥的 MongoDB 地址 / MongoDB for views and keys, like mongodb://127.0.0.1:27017/gongkai (GONGKAI_MONGODB)',
  )
  .helpCommand(false)
  .option('--empty', '新的数据文件夹从空白开始，不载入示例 / start a new folder without the example')
  .parse()
  .opts<{ nats?: string; events?: string; mongodb?: string; empty?: boolean }>();

await runProcess(async opened => {
  const environment = {
    ...process.env,
    ...(options.nats ? { GONGKAI_NATS: options.nats } : {}),
    ...(options.events ? { GONGKAI_EVENTS: options.events } : {}),
    ...(options.mongodb ? { GONGKAI_MONGODB: options.mongodb } : {}),
  };
  const config = readConfig(environment);
  const nats = natsOf(config);
  if (config.port === 0)
    throw new CannotStart('请用 PORT 指定端口（0 只用于 npm start）。 / Name a port with PORT; 0 is for npm start only.');
  useFolder(config.dataFolder);
  const log = createLog('services', config);
  const tokens = await openTokens(config);
  const children = keepRunning({ log, environment });
  opened(() => children.stop());
  children.start('gateway');
  const address = publicAddress(config.host, config.port);
  const running = async (): Promise<never> => {
    await awaitNats(nats, () =>
      console.log(
        `NATS（${nats.servers}）尚未连上，等待中；此前 /health/ready 为 503。 / NATS (${nats.servers}) is not reachable yet; waiting, /health/ready is 503 until then.`,
      ),
    );
    const eventsThere = await holdsEvents(config, why =>
      console.log(
        `事件库尚未连上（${why}），等待中；此前 /health/ready 为 503。 / The event store is not reachable yet (${why}); waiting, /health/ready is 503 until then.`,
      ),
    );
    // Here only to say once, and in time, what each room would have to say.
    const mongo = await openMongo(config, () => {
      const { shown } = readMongoUrl(config.stores.mongodb!.url);
      console.log(
        `MongoDB（${shown}）尚未连上，等待中；此前 /health/ready 为 503。 / MongoDB (${shown}) is not reachable yet; waiting, /health/ready is 503 until then.`,
      );
    });
    await mongo?.close();
    const { notice } = openFolder(config, { empty: options.empty ?? false, eventsThere });
    if (notice) console.log(notice);
    for (const room of ['catalogue', 'channels', 'requests', 'statistics']) children.start(room);
    console.log(whatToOpen(address, config.dataFolder));
    return loadIfAsked({ config, address, tokens });
  };
  return { failed: Promise.race([running(), children.refused]) };
});
