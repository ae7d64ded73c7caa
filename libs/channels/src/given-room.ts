import { join } from 'node:path';
import type { Accepted, Ask, Operation, RecordPublished, RecordWithdrawn, Reply, UnitRegistered } from '#contracts';
import { keyedDigests } from '#commands';
import { openSqliteEventStore } from '#event-store';
import { Room } from '#messaging';
import { createLog, type Platform } from '#platform';
import { masterKeysOf, openSqliteKeys } from '#privacy';
import { openSqliteViews } from '#projections';
import { ChannelsController } from './channels.controller.js';
import { channelsReads } from './channels.events.js';
import { whenRecordPublished } from './reactions/when-record-published.js';
import { channelsView } from './views/channels.js';

const folk = {
  publisher: { person: 'wang', name: '王芳', roles: ['publisher', 'backdater'] },
  collector: { person: 'li', name: '李强', roles: ['collector'] },
  auditor: { person: 'zhao', name: '赵敏', roles: ['auditor'] },
};

/** For specs: the room on the embedded stores of a folder. `views` names the read store's file: another one starts from nothing. */
export async function openRoom(folder: string, { views = 'views.db', today = '2013-12-31', reacting = true } = {}) {
  const store = await openSqliteEventStore(join(folder, 'events.db'));
  const readStore = await openSqliteViews(join(folder, views));
  const keys = await openSqliteKeys(join(folder, 'keys.db'), masterKeysOf('0'.repeat(43))!);
  const platform = {
    config: { refoldEveryMs: 60_000 },
    log: createLog('channels', { logLevel: 'silent' }),
    clock: { now: () => new Date(`${today}T04:00:00Z`), today: () => today },
    tokens: { verify: async (token: string) => folk[token as keyof typeof folk] ?? null },
    store,
    keys,
    digests: keyedDigests(await keys.secret('command-digests'), keys),
    readStore: async () => readStore,
  } as unknown as Platform;
  const room = await Room.open('channels', platform, channelsReads, [channelsView]);
  const reaction = whenRecordPublished(room);
  if (reacting) room.follow(reaction);
  const controller = new ChannelsController(room);

  async function fact(stream: string, { type, data }: RecordPublished | RecordWithdrawn | UnitRegistered, occurredOn: string) {
    const revision = (await store.readStream(stream)).length;
    const id = `${stream}-${revision}`;
    const metadata = {
      commandId: id,
      command: 'catalogue',
      commandDigest: '',
      correlationId: `c-${id}`,
      person: 'wang',
      name: '王芳',
      occurredOn,
      recordedAt: `${occurredOn}T04:00:00Z`,
    };
    await store.append(stream, [{ id, type, version: 1, data, metadata }], 'any');
  }

  return {
    store,
    room,
    reaction,
    unit: (unitId: string) =>
      fact(
        `catalogue.unit-${unitId}`,
        { type: 'UnitRegistered', data: { unitId, name: '救灾处', kind: 'office' as never } },
        '2013-01-01',
      ),
    publish: (recordId: string, given: Partial<RecordPublished['data']> = {}) => {
      const data = {
        recordId,
        indexNumber: '1',
        first: true,
        unit: 'jiuzai',
        title: `公告 ${recordId}`,
        category: 'news',
        previousCategory: 'news',
        topic: '救灾',
        content: 'other' as never,
        formedOn: '2013-05-01',
        firstPublishedOn: '2013-05-01',
        publishedOn: '2013-05-01',
        ...given,
      } as RecordPublished['data'];
      return fact(`catalogue.record-${recordId}`, { type: 'RecordPublished', data }, data.publishedOn);
    },
    withdraw: (recordId: string, withdrawnOn = '2013-06-01') =>
      fact(
        `catalogue.record-${recordId}`,
        {
          type: 'RecordWithdrawn',
          data: {
            recordId,
            category: 'news',
            content: 'earthquake',
            firstPublishedOn: '2013-05-01',
            withdrawnOn,
            why: '内容有误',
          },
        },
        withdrawnOn,
      ),
    /** Asks the door that the operation's subject names. */
    async ask<T = Accepted>(
      operation: Operation,
      door: Exclude<keyof ChannelsController, 'status' | 'metrics'>,
      input: object,
      more: Partial<Ask> & { as?: keyof typeof folk } = {},
    ): Promise<Reply<T>> {
      const { as = 'publisher', ...rest } = more;
      return (await controller[door]({ input, correlationId: operation.subject, token: as, ...rest })) as Reply<T>;
    },
    /** Waits until the reaction has met everything, and until what it did is stored. */
    async settled() {
      for (let tries = 0; tries < 500; tries++) {
        const status = await room.status();
        if (status.runners.every(runner => runner.lag === 0 && runner.state === 'following')) return;
        await new Promise(resolve => setTimeout(resolve, 10));
      }
      throw new Error(JSON.stringify(await room.status()));
    },
    statuses: async (recordId: string) => {
      await room.fresh(channelsView);
      const { items } = await room
        .view(channelsView)
        .find<{ channel: string; status: string }>('deliveries', { where: { record: recordId }, limit: 100 });
      return Object.fromEntries(items.map(({ channel, status }) => [channel, status]));
    },
    async close() {
      await room.close();
      await readStore.close();
      await store.close();
      await keys.close();
    },
  };
}
