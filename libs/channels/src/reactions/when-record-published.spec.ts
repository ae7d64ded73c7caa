import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  arrangeChannel,
  closeChannel,
  confirmDelivery,
  failDelivery,
  isRefusal,
  openChannel,
  recallDelivery,
  routeChannel,
} from '#contracts';
import { openRoom } from '../given-room.js';

type House = Awaited<ReturnType<typeof openRoom>>;

describe('When a record is published', () => {
  let folder: string;
  let house: House;

  async function opened(id: string, confirmation: 'automatic' | 'manual', categories: string[], more = {}) {
    const answers = [
      await house.ask(openChannel, 'openChannel', { id, name: id, kind: 'portal', openedOn: '2009', confirmation, ...more }),
      await house.ask(routeChannel, 'routeChannel', { id, categories, from: '2010-01-01' }),
    ];
    expect(answers.filter(isRefusal)).toEqual([]);
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'channels-'));
    house = await openRoom(folder);
    await opened('portal', 'automatic', ['news', 'finance']);
    await opened('newspaper', 'manual', ['news']);
    await opened('radio', 'manual', ['finance']);
  });
  afterEach(async () => {
    await house.close();
    rmSync(folder, { recursive: true });
  });

  it('it is queued for each channel its class goes to, and stands on the pages of the house at once', async () => {
    await house.publish('r1');
    await house.settled();
    expect(await house.statuses('r1')).toEqual({ portal: 'delivered', newspaper: 'queued' });
    const [queued] = await house.store.readStream('channels.delivery-r1.newspaper');
    expect(queued!.metadata).toMatchObject({
      person: 'system:when-record-published',
      occurredOn: '2013-05-01',
      correlationId: 'c-catalogue.record-r1-0',
      causationId: 'catalogue.record-r1-0',
    });
  });

  it('a channel that was not open, not routed or closed on that day gets nothing', async () => {
    await opened('notice-board', 'manual', ['news'], { openedOn: '2013-06' });
    expect(
      await house.ask(closeChannel, 'closeChannel', { id: 'newspaper', why: '停刊', occurredOn: '2013-12-31' }),
    ).toHaveProperty('ok');
    await house.publish('r1', { publishedOn: '2013-12-31', firstPublishedOn: '2013-12-31' });
    await house.publish('r2', { publishedOn: '2009-12-31', firstPublishedOn: '2009-12-31' });
    await house.settled();
    expect(await house.statuses('r1')).toEqual({ portal: 'delivered', 'notice-board': 'queued' });
    expect(await house.statuses('r2')).toEqual({});
  });

  it('its revision is delivered again, and taken down where its new class does not go', async () => {
    await house.publish('r1');
    await house.settled();
    expect(await house.ask(confirmDelivery, 'confirmDelivery', { id: 'r1.newspaper' })).toHaveProperty('ok');
    await house.publish('r1', { first: false, publishedOn: '2013-07-01' });
    await house.settled();
    expect(await house.statuses('r1')).toEqual({ portal: 'delivered', newspaper: 'queued' });
    await house.publish('r1', { first: false, publishedOn: '2013-08-01', previousCategory: 'news', category: 'finance' });
    await house.settled();
    expect(await house.statuses('r1')).toEqual({ portal: 'delivered', newspaper: 'recall-requested', radio: 'queued' });
  });

  it('its withdrawal asks for every delivery back, even one right after the publication', async () => {
    await house.publish('r1');
    await house.withdraw('r1');
    await house.settled();
    expect(await house.statuses('r1')).toEqual({ portal: 'recalled', newspaper: 'recall-requested' });
    expect(await house.ask(recallDelivery, 'recallDelivery', { id: 'r1.newspaper' })).toHaveProperty('ok');
    expect(await house.statuses('r1')).toEqual({ portal: 'recalled', newspaper: 'recalled' });
  });

  it('a publication met again changes nothing, whatever happened since', async () => {
    await house.publish('r1');
    await house.settled();
    await house.ask(failDelivery, 'failDelivery', { id: 'r1.newspaper', why: '版面已满' });
    await house.publish('r1', { first: false, publishedOn: '2013-07-01', category: 'finance' });
    await house.publish('r1', { first: false, publishedOn: '2013-08-01', category: 'news' });
    await house.withdraw('r1', '2013-09-01');
    await house.publish('r2');
    await house.settled();
    await opened('television', 'manual', ['news', 'finance']);
    await house.ask(arrangeChannel, 'arrangeChannel', { id: 'newspaper', columns: [] });
    const head = await house.store.head();
    const before = await house.statuses('r1');

    const facts = (await house.store.readAll({ after: 0, limit: 1000, types: house.reaction.events })).events;
    expect(facts).toHaveLength(5);
    for (const event of [...facts, ...facts]) await house.reaction.react(event);
    expect(await house.store.head()).toBe(head);

    await house.close();
    house = await openRoom(folder, { views: 'lost-and-begun-anew.db' });
    await house.settled();
    expect(await house.store.head()).toBe(head);
    expect(await house.statuses('r1')).toEqual(before);
  });

  it('a crash between two deliveries is made good', async () => {
    await house.close();
    house = await openRoom(folder, { reacting: false });
    await house.publish('r1');
    const [event] = (await house.store.readAll({ after: 0, limit: 10, types: ['RecordPublished'] })).events;
    const append = house.store.append.bind(house.store);
    let appends = 0;
    house.store.append = (...given) => (++appends === 2 ? Promise.reject(new Error('power cut')) : append(...given));
    await expect(house.reaction.react(event!)).rejects.toThrow('power cut');
    expect(Object.keys(await house.statuses('r1'))).toHaveLength(1);
    house.store.append = append;

    await house.close();
    house = await openRoom(folder);
    await house.settled();
    expect(await house.statuses('r1')).toEqual({ portal: 'delivered', newspaper: 'queued' });
    expect(await house.store.readStream('channels.delivery-r1.newspaper')).toHaveLength(1);
  });

  it('a late entry for a day before the last step is delivered on that step’s day', async () => {
    await house.publish('r1');
    await house.settled();
    await house.ask(confirmDelivery, 'confirmDelivery', { id: 'r1.newspaper' });
    await house.publish('r1', { first: false, publishedOn: '2013-06-01' });
    await house.settled();
    const last = (await house.store.readStream('channels.delivery-r1.newspaper')).at(-1)!;
    expect([last.type, last.metadata.occurredOn]).toEqual(['DeliveryQueued', '2013-12-31']);
  });
});
