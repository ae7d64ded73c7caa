import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { attestFigure, closeReport, isRefusal, type Operation } from '#contracts';
import { newCommandId } from '#commands';
import { type Anchor, verifyLog } from '#event-store';
import { House, InProcessBus, InProcessClient, InProcessServer, type RoomStatus } from '#messaging';
import { openPlatform, readConfig } from '#platform';
import { StatisticsModule } from '../statistics.module.js';

const withinMs = 30_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-closing-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As whoever asks waits for `/health/ready`: views that were lost are being built at first. */
async function ready(client: InProcessClient): Promise<void> {
  for (const until = Date.now() + withinMs; Date.now() < until; await new Promise(resolve => setTimeout(resolve, 20)))
    if ((await firstValueFrom(client.send<RoomStatus>('statistics.status', {}))).ready) return;
  throw new Error('The statistics do not become ready');
}

/** The statistics as they run, on a folder of their own. */
async function openStatistics() {
  const platform = await openPlatform('statistics', readConfig({ GONGKAI_DATA: folder, LOG_LEVEL: 'silent' }));
  const bus = new InProcessBus();
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(StatisticsModule.on(platform), {
    strategy: new InProcessServer(bus),
    logger: false,
    abortOnError: false,
  });
  await app.listen();
  await ready(new InProcessClient(bus));
  const house = new House(new InProcessClient(bus), withinMs, { error: () => {} });
  const token = await platform.tokens.sign!({ person: 'he', name: '何', roles: ['reporter', 'backdater'] });
  return {
    store: platform.store,
    async done(operation: Operation, input: object): Promise<void> {
      const commandId = newCommandId(new Date());
      const reply = await house.ask(operation, { input, token, commandId, correlationId: 'walk' });
      if (isRefusal(reply)) throw new Error(reply.en);
    },
    async close() {
      await house.close();
      await app.close();
      await platform.close();
    },
  };
}

const anchors = () => (existsSync(join(folder, 'anchors')) ? readdirSync(join(folder, 'anchors')) : []);
async function anchorsAre(count: number): Promise<Anchor[]> {
  for (const until = Date.now() + withinMs; anchors().length < count && Date.now() < until;)
    await new Promise(resolve => setTimeout(resolve, 20));
  expect(anchors()).toHaveLength(count);
  return anchors().map(name => JSON.parse(readFileSync(join(folder, 'anchors', name), 'utf8')) as Anchor);
}

const figure = {
  year: 2013,
  key: 'channels.media.coverage',
  value: 1,
  source: '统计台账',
  saidBy: '办公室',
  statedOn: '2014-01-10',
};
const past = { occurredOn: '2014-01-10', source: '统计台账', reason: '补录' };

describe('When a report is closed', () => {
  it('an anchor says what the log was then, and a change of it afterwards is found', async () => {
    const room = await openStatistics();
    await room.done(attestFigure, { ...figure, ...past });
    expect(anchors()).toEqual([]);
    await room.done(closeReport, { year: 2013, ...past });
    const [anchor] = await anchorsAre(1);
    const events = await room.store.readAll({ after: 0, limit: 100 });
    const closing = events.events.find(({ type }) => type === 'ReportClosed')!;
    expect(anchor).toMatchObject({ position: closing.position, reason: expect.stringContaining('2013') as unknown });
    await room.done(attestFigure, { ...figure, year: 2014, ...past });
    const verdict = await verifyLog(room.store, { anchors: [{ name: 'closing', value: anchor }] });
    expect(verdict).toMatchObject({ ok: true, unprotected: { from: closing.position + 1 } });
    expect(verdict.unprotected.events).toBeGreaterThan(0);
    await room.close();
  });

  it('the anchor stays the one it was, also where the reaction has forgotten that it was taken', async () => {
    const first = await openStatistics();
    await first.done(attestFigure, { ...figure, ...past });
    await first.done(closeReport, { year: 2013, ...past });
    const [before] = await anchorsAre(1);
    await first.close();
    rmSync(join(folder, 'views'), { recursive: true });
    const again = await openStatistics();
    await again.done(attestFigure, { ...figure, year: 2014, ...past });
    await again.done(closeReport, { year: 2014, occurredOn: '2015-01-10', source: '统计台账', reason: '补录' });
    expect((await anchorsAre(2))[0]).toEqual(before);
    await again.close();
  });
});
