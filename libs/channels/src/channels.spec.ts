import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as contracts from '#contracts';
import { type Accepted, isRefusal, type Operation, type Page, type Reply, type Task } from '#contracts';
import { ChannelsController } from './channels.controller.js';
import { openRoom } from './given-room.js';
import { channelsView } from './views/channels.js';

const late = { source: '纸质登记簿', reason: '系统上线前' };

function idOf(reply: Reply<Accepted>): string {
  if (isRefusal(reply)) throw new Error(JSON.stringify(reply));
  return reply.ok.id;
}
function items(reply: Reply): unknown[] {
  if (isRefusal(reply)) throw new Error(JSON.stringify(reply));
  const { total, items } = reply.ok as Page<unknown>;
  expect(total).toBe(items.length);
  return items;
}

describe('The channels answer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'channels-'));
  let house: Awaited<ReturnType<typeof openRoom>>;

  beforeAll(async () => {
    house = await openRoom(folder);
    await house.unit('jiuzai');
    for (const [id, kind, openedOn] of [
      ['microblog', 'microblog', '2013-09'],
      ['newspaper', 'newspaper', '2009'],
      ['portal', 'portal', '2009-03-02'],
    ] as const) {
      idOf(
        await house.ask(contracts.openChannel, 'openChannel', {
          id,
          name: id,
          kind,
          openedOn,
          columns: [{ name: '网上咨询', interactive: true }, { name: '政策' }],
        }),
      );
    }
    idOf(await house.ask(contracts.routeChannel, 'routeChannel', { id: 'newspaper', categories: ['news'], from: '2010-01-01' }));
    await house.publish('r1');
    await house.settled();
  });
  afterAll(async () => {
    await house.close();
    rmSync(folder, { recursive: true });
  });

  it('every operation of their contract', () => {
    const operations = Object.values(contracts).filter(
      (one): one is Operation => typeof one === 'object' && 'subject' in one && one.subject.startsWith('channels.'),
    );
    const doors = Object.getOwnPropertyNames(ChannelsController.prototype).flatMap(
      name =>
        (Reflect as unknown as { getMetadata(key: string, of: unknown): string[] | undefined }).getMetadata(
          'microservices:pattern',
          (ChannelsController.prototype as never)[name],
        ) ?? [],
    );
    expect(doors.sort()).toEqual(['channels.metrics', 'channels.status', ...operations.map(one => one.subject)].sort());
  });

  it('what channels there are, with columns and routing', async () => {
    expect(items(await house.ask(contracts.listChannels, 'listChannels', { kind: 'newspaper' }))).toEqual([
      {
        id: 'newspaper',
        name: 'newspaper',
        kind: 'newspaper',
        openedOn: '2009',
        confirmation: 'manual',
        columns: [
          { name: '网上咨询', kind: 'column', interactive: true },
          { name: '政策', kind: 'column', interactive: false },
        ],
        routing: [{ categories: ['news'], from: '2010-01-01' }],
        revision: 1,
      },
    ]);
    expect(await house.ask(contracts.getChannel, 'getChannel', { id: 'radio' })).toMatchObject({
      refused: 'missing',
      name: 'channel-unknown',
    });
  });

  it('what waits, to publishers and auditors only, and each delivery with its history', async () => {
    const task = {
      room: 'channels',
      kind: 'confirm-delivery',
      id: 'r1.newspaper',
      title: '公告 r1',
      roles: ['publisher'],
      since: '2013-05-01',
      dueOn: null,
      overdue: false,
      href: '/api/v1/deliveries/r1.newspaper',
    };
    expect(await house.ask<Task[]>(contracts.channelsTasks, 'tasks', {})).toEqual({ ok: [task] });
    expect(await house.ask<Task[]>(contracts.channelsTasks, 'tasks', {}, { as: 'auditor' })).toEqual({ ok: [task] });
    expect(await house.ask<Task[]>(contracts.channelsTasks, 'tasks', {}, { as: 'collector' })).toEqual({ ok: [] });

    expect(
      await house.ask(contracts.confirmDelivery, 'confirmDelivery', { id: 'r1.newspaper', column: '网上咨询' }),
    ).toMatchObject({ name: 'interactive-column' });
    idOf(await house.ask(contracts.confirmDelivery, 'confirmDelivery', { id: 'r1.newspaper', column: '政策' }));
    expect(await house.ask(contracts.getDelivery, 'getDelivery', { id: 'r1.newspaper' })).toMatchObject({
      ok: {
        record: 'r1',
        channel: 'newspaper',
        status: 'delivered',
        column: '政策',
        deliveredOn: '2013-12-31',
        history: [{ event: 'DeliveryQueued' }, { event: 'DeliveryConfirmed', person: 'wang' }],
      },
    });
    expect(
      items(await house.ask(contracts.listDeliveries, 'listDeliveries', { record: 'r1', status: 'delivered' })),
    ).toHaveLength(1);
  });

  it('the press register, by outlet and by tier; an entry comes once and is struck once', async () => {
    const outlet = { id: 'daily', name: '四川日报', tier: 'provincial', from: '2010-01-01' };
    idOf(await house.ask(contracts.registerOutlet, 'registerOutlet', outlet));
    idOf(
      await house.ask(contracts.registerOutlet, 'registerOutlet', {
        id: 'evening',
        name: '晚报',
        tier: 'city',
        tierName: '市级媒体',
        from: '2010-01-01',
      }),
    );
    idOf(
      await house.ask(contracts.registerOutlet, 'registerOutlet', {
        id: 'morning',
        name: '早报',
        tier: 'city',
        from: '2014-01-01',
      }),
    );
    idOf(await house.ask(contracts.retierOutlet, 'retierOutlet', { id: 'daily', tier: 'central', from: '2014-01-01' }));
    expect(items(await house.ask(contracts.listOutlets, 'listOutlets', { tier: 'provincial' }))).toMatchObject([
      { id: 'daily', tier: 'provincial', tierName: '省级媒体' },
    ]);
    expect(items(await house.ask(contracts.listOutlets, 'listOutlets', { tier: 'city' }))).toMatchObject([{ id: 'evening' }]);
    expect(items(await house.ask(contracts.listOutlets, 'listOutlets', {}))).toHaveLength(3);
    expect(await house.ask(contracts.getOutlet, 'getOutlet', { id: 'morning' })).toMatchObject({
      ok: { tier: null, tiers: [{ tier: 'city', tierName: '市级媒体' }] },
    });

    const entry = { outlet: 'daily', title: '抗震救灾', href: 'https://example.org/1', occurredOn: '2013-04-25', ...late };
    const id = idOf(await house.ask(contracts.registerPlacement, 'registerPlacement', entry, { commandId: 'k1' }));
    expect(idOf(await house.ask(contracts.registerPlacement, 'registerPlacement', entry, { commandId: 'k1' }))).toBe(id);
    expect(await house.ask(contracts.registerPlacement, 'registerPlacement', entry)).toMatchObject({
      name: 'already-registered',
      detail: { id },
    });
    expect(await house.ask(contracts.registerPlacement, 'registerPlacement', { outlet: 'nowhere', title: '…' })).toMatchObject({
      name: 'outlet-unknown',
    });
    expect(items(await house.ask(contracts.listPlacements, 'listPlacements', { tier: 'provincial' }))).toMatchObject([
      { id, outletName: '四川日报', placedOn: '2013-04-25', href: 'https://example.org/1' },
    ]);

    idOf(await house.ask(contracts.withdrawPlacement, 'withdrawPlacement', { id, why: '重复' }));
    expect(items(await house.ask(contracts.listPlacements, 'listPlacements', {}))).toEqual([]);
    expect(await house.ask(contracts.getPlacement, 'getPlacement', { id })).toMatchObject({
      ok: { withdrawnOn: '2013-12-31', history: [{}, { reason: '重复' }] },
    });
    idOf(await house.ask(contracts.registerPlacement, 'registerPlacement', entry));
  });

  it('microblog posts, of a published record or on their own', async () => {
    const id = idOf(await house.ask(contracts.registerPost, 'registerPost', { text: '供水恢复', record: 'r1' }));
    expect(await house.ask(contracts.registerPost, 'registerPost', { text: '供水恢复', record: 'nothing' })).toMatchObject({
      name: 'record-unknown',
    });
    expect(
      await house.ask(contracts.registerPost, 'registerPost', { text: '…', occurredOn: '2013-08-31', ...late }),
    ).toMatchObject({ name: 'channel-not-open-yet' });
    expect(items(await house.ask(contracts.listPosts, 'listPosts', { record: 'r1' }))).toMatchObject([
      { id, text: '供水恢复', channel: 'microblog', postedOn: '2013-12-31' },
    ]);
    idOf(await house.ask(contracts.withdrawPost, 'withdrawPost', { id, why: '误登' }));
    expect(items(await house.ask(contracts.listPosts, 'listPosts', {}))).toEqual([]);
    expect(await house.ask(contracts.getPost, 'getPost', { id })).toMatchObject({
      ok: { withdrawnOn: '2013-12-31', history: [{}, {}] },
    });
  });

  it('public commitments, by unit and by channel', async () => {
    const promise = { unit: 'jiuzai', text: '二十日内公布', channels: ['portal', 'newspaper'], from: '2013-05-01' };
    const id = idOf(await house.ask(contracts.makeCommitment, 'makeCommitment', promise));
    expect(await house.ask(contracts.makeCommitment, 'makeCommitment', { ...promise, unit: 'nobody' })).toMatchObject({
      name: 'unit-unknown',
    });
    expect(await house.ask(contracts.makeCommitment, 'makeCommitment', { ...promise, channels: ['radio'] })).toMatchObject({
      name: 'channel-unknown',
    });
    idOf(await house.ask(contracts.endCommitment, 'endCommitment', { id, why: '已兑现' }));
    for (const filter of [{}, { unit: 'jiuzai' }, { channel: 'portal' }, { unit: 'jiuzai', channel: 'newspaper' }]) {
      expect(items(await house.ask(contracts.listCommitments, 'listCommitments', filter))).toMatchObject([
        { id, unitName: '救灾处', endedOn: '2013-12-31' },
      ]);
    }
    expect(items(await house.ask(contracts.listCommitments, 'listCommitments', { channel: 'microblog' }))).toEqual([]);
    expect(await house.ask(contracts.getCommitment, 'getCommitment', { id })).toMatchObject({
      ok: { id, channels: ['portal', 'newspaper'], endedWhy: '已兑现', revision: 1 },
    });
  });

  it('only staff what is for staff', async () => {
    expect(
      await house.ask(
        contracts.openChannel,
        'openChannel',
        { id: 'radio', name: '广播', kind: 'radio', openedOn: '2009' },
        { as: 'collector' },
      ),
    ).toMatchObject({ refused: 'forbidden' });
    expect(await house.ask(contracts.closeChannel, 'closeChannel', { id: 'portal', why: '…' }, { ifMatch: 7 })).toMatchObject({
      refused: 'stale',
    });
  });

  it('what they showed while an operator has paused their view, and what was published meanwhile is delivered afterwards', async () => {
    const { readStore } = house.room.operations;
    const states = async () => {
      const { ready, runners } = await house.room.status();
      return { ready, ...Object.fromEntries(runners.map(({ name, state }) => [name, state])) };
    };
    const come = async (wanted: object) => {
      for (let tries = 0; tries < 1_000 && !isDeepStrictEqual(await states(), wanted); tries++)
        await new Promise(resolve => setTimeout(resolve, 20));
      expect(await states()).toEqual(wanted);
    };
    await readStore.pause('channels', { by: 'operator:li', at: '2013-12-31T04:00:00Z', reason: '演练' });
    await house.publish('meanwhile');
    await come({ ready: true, channels: 'paused', 'when-record-published': 'paused' });
    await readStore.pause('channels', null);
    await house.settled();
    expect(await house.statuses('meanwhile')).not.toEqual({});
  });

  it('that they do not know what a newer program stored, rather than answer without it', async () => {
    const stream = 'channels.channel-newspaper';
    const [opened] = await house.store.readStream(stream);
    await house.store.append(stream, [{ ...opened!, id: 'newer', version: 99, data: { anything: true } }], 'any');
    expect(await house.ask(contracts.closeChannel, 'closeChannel', { id: 'newspaper', why: '停刊' })).toMatchObject({
      refused: 'fault',
      name: 'event-unknown',
      en: expect.stringContaining(`of ${stream} is ChannelOpened version 99`) as unknown,
      zh: expect.stringContaining('请升级本程序') as unknown,
    });
    await house.room.fresh(channelsView);
    expect((await house.room.status()).runners).toContainEqual(
      expect.objectContaining({
        name: 'channels',
        state: 'failed',
        error: expect.stringContaining('upgrade the program') as unknown,
      }),
    );
  });
});
