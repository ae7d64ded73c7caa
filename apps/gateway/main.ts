import 'reflect-metadata';
import { listen, openFrontDoor } from '#gateway';
import { awaitNats, House, natsClient, natsOf } from '#messaging';
import { createLog, openTokens, readConfig, readFolder, runProcess, systemClock } from '#platform';
import { startTracing } from '#tracing';

await runProcess(async opened => {
  const config = readConfig(process.env);
  const nats = natsOf(config);
  const log = createLog('gateway', config);
  const tracing = await startTracing('gateway', process.env);
  opened(() => tracing.stop());
  const tokens = await openTokens(config);
  const house = new House(natsClient(nats, 'gateway'), config.deadlineMs, log);
  const door = await openFrontDoor({
    config,
    log,
    clock: systemClock(config.timeZone),
    tokens,
    house,
    loaded: () => readFolder(config.dataFolder)?.loaded ?? true,
  });
  opened(() => door.close());
  const address = await listen(door, config);
  log.info({ address }, 'the front door is open');
  return {
    // The door opens before NATS answers, so that /health/ready can say that it waits.
    failed: awaitNats(nats, () => log.warn({ nats: nats.servers }, 'NATS is not reachable yet; waiting for it')).then(
      () => new Promise<never>(() => {}),
    ),
  };
});
