import { describe, expect, it } from '@jest/globals';
import { given } from '../given.js';
import type { DeliveryEvent } from './delivery.events.js';
import { confirm, delivery, fail, queue, recall, requestRecall } from './delivery.js';

const id = 'r1.newspaper';
const dispatch = {
  recordId: 'r1',
  channelId: 'newspaper',
  title: '公告',
  category: 'news' as const,
  publishedOn: '2013-05-01',
  recordRevision: 5,
};
const queued: DeliveryEvent = { type: 'DeliveryQueued', data: { deliveryId: id, ...dispatch } };
const confirmed: DeliveryEvent = { type: 'DeliveryConfirmed', data: { deliveryId: id } };
const failed: DeliveryEvent = { type: 'DeliveryFailed', data: { deliveryId: id, why: '版面已满' } };
const requested: DeliveryEvent = {
  type: 'DeliveryRecallRequested',
  data: { deliveryId: id, recordRevision: 6, why: '内容有误' },
};
const withdrawal = { id, recordRevision: 6, automatic: false, why: '内容有误' };
const columns = [
  { name: '政策', kind: 'column' as const, interactive: false },
  { name: '网上咨询', kind: 'column' as const, interactive: true },
];

describe('A delivery', () => {
  it('waits for a person, or is confirmed at once on the pages of the house', () => {
    expect(given(delivery).when(queue, { id, ...dispatch, automatic: false })).toEqual([queued]);
    expect(given(delivery).when(queue, { id, ...dispatch, automatic: true })).toEqual([queued, confirmed]);
  });

  it('is queued again by a later publication, never by the same or an earlier one', () => {
    expect(given(delivery, queued, confirmed).when(queue, { id, ...dispatch, recordRevision: 9, automatic: false })).toHaveLength(
      1,
    );
    expect(given(delivery, queued, confirmed).when(queue, { id, ...dispatch, automatic: false })).toMatchObject({
      name: 'publication-known',
    });
  });

  it('is confirmed from the queue or after a failure, once', () => {
    expect(given(delivery, queued).when(confirm(columns), { id, column: '政策' })).toEqual([
      { type: 'DeliveryConfirmed', data: { deliveryId: id, column: '政策' } },
    ]);
    expect(given(delivery, queued, failed).when(confirm(columns), { id })).toEqual([confirmed]);
    expect(given(delivery, queued, confirmed).when(confirm(columns), { id })).toMatchObject({
      refused: 'conflict',
      name: 'not-queued',
    });
  });

  it('goes into no interactive column and into none that the channel has not (互动栏目不放信息)', () => {
    expect(given(delivery, queued).when(confirm(columns), { id, column: '网上咨询' })).toMatchObject({
      refused: 'conflict',
      name: 'interactive-column',
    });
    expect(given(delivery, queued).when(confirm(columns), { id, column: '没有' })).toMatchObject({
      refused: 'invalid',
      name: 'column-unknown',
    });
  });

  it('fails only while it waits', () => {
    expect(given(delivery, queued).when(fail, { id, why: '版面已满' })).toEqual([failed]);
    expect(given(delivery, queued, confirmed).when(fail, { id, why: '版面已满' })).toMatchObject({ name: 'not-queued' });
  });

  it('is taken down only after that was asked for', () => {
    expect(given(delivery, queued, confirmed).when(recall, { id })).toMatchObject({
      refused: 'conflict',
      name: 'not-recall-requested',
    });
    expect(given(delivery, queued, confirmed, requested).when(recall, { id })).toEqual([
      { type: 'DeliveryRecalled', data: { deliveryId: id } },
    ]);
  });

  it('of a withdrawn record is to be taken down, at once on the pages of the house', () => {
    expect(given(delivery, queued, confirmed).when(requestRecall, withdrawal)).toEqual([requested]);
    expect(given(delivery, queued, confirmed).when(requestRecall, { ...withdrawal, automatic: true })).toEqual([
      requested,
      { type: 'DeliveryRecalled', data: { deliveryId: id } },
    ]);
  });

  it('that failed leaves nothing to take down, unless an earlier version is up', () => {
    const again: DeliveryEvent = { type: 'DeliveryQueued', data: { deliveryId: id, ...dispatch } };
    expect(given(delivery, queued, failed).when(requestRecall, withdrawal)).toHaveLength(2);
    expect(given(delivery, queued, confirmed, again, failed).when(requestRecall, withdrawal)).toEqual([requested]);
    expect(given(delivery).when(requestRecall, withdrawal)).toMatchObject({ name: 'nothing-to-recall' });
  });

  it('that was never queued is unknown', () => {
    expect(given(delivery).when(fail, { id, why: '?' })).toMatchObject({ refused: 'missing', name: 'delivery-unknown' });
  });
});
