import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, openSqliteEventStore } from '#event-store';
import { type Aside, asOf, type View, viewAside } from '#projections';
import type { RecordEvent } from '../record/record.events.js';
import { record } from '../record/record.js';
import type { UnitEvent } from '../unit/unit.events.js';
import { unit } from '../unit/unit.js';
import { recordPages, tasksOf } from './record-pages.js';
import { recordsView } from './records.js';

const page = { limit: 50 };
let folder: string;
let store: EventStore;
let aside: Aside;
let view: View;
let appended: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
  store = await openSqliteEventStore(join(folder, 'events.db'));
  aside = await viewAside({ store }, recordsView);
  view = aside.view;
  appended = 0;
  await happened(unit.stream('jiuzai'), '2013-01-04', {
    type: 'UnitRegistered',
    data: { unitId: 'jiuzai', name: '救灾处', kind: 'internal' },
  });
});
afterEach(async () => {
  await aside.close();
  await store.close();
  await rm(folder, { recursive: true });
});

async function happened(stream: string, occurredOn: string, ...events: (RecordEvent | UnitEvent)[]) {
  const metadata = {
    commandId: 'c',
    command: 'c',
    commandDigest: 'd',
    correlationId: 'walk',
    person: 'li',
    name: '李',
    occurredOn,
    recordedAt: `${occurredOn}T02:00:00.000Z`,
  };
  await store.append(
    stream,
    events.map(({ type, data }) => ({ id: `event-${(appended += 1)}`, type, version: 1, data, metadata })),
    'any',
  );
}

const follow = () => aside.follow();

const fields = {
  unit: 'jiuzai',
  title: '芦山地震救灾物资调拨情况',
  body: '截至四月二十四日，调拨帐篷。',
  category: 'news',
  topic: '减灾救灾',
  content: 'earthquake',
  formedOn: '2013-04-24',
} as const;
const collect = (recordId: string, more: object = {}) =>
  happened(record.stream(recordId), '2013-04-25', { type: 'RecordCollected', data: { recordId, by: 'li', ...fields, ...more } });
const approve = (recordId: string, on = '2013-04-25') =>
  happened(
    record.stream(recordId),
    on,
    { type: 'RecordFirstReviewed', data: { recordId } },
    { type: 'RecordSubmitted', data: { recordId } },
    { type: 'RecordSecrecyCleared', data: { recordId, finding: 'not-secret' } },
    { type: 'RecordApproved', data: { recordId } },
  );
async function publish(
  recordId: string,
  publishedOn = '2013-04-26',
  more: { first?: boolean; title?: string; serial?: number } = {},
) {
  const { title, unit: from, category, topic, content, formedOn } = { ...fields, ...more };
  const data = {
    recordId,
    indexNumber: `000000000/2013-0000${more.serial ?? 1}`,
    first: more.first ?? true,
    unit: from,
    title,
    category,
    previousCategory: category,
    topic,
    content,
    formedOn,
    previousContent: content,
    firstPublishedOn: '2013-04-26',
    publishedOn,
  };
  await happened(record.stream(recordId), publishedOn, { type: 'RecordPublished', data });
}
const withdraw = (recordId: string) =>
  happened(record.stream(recordId), '2013-05-02', {
    type: 'RecordWithdrawn',
    data: {
      recordId,
      category: 'news',
      content: 'earthquake',
      firstPublishedOn: '2013-04-26',
      withdrawnOn: '2013-05-02',
      why: '内容有误',
    },
  });
const publicIds = async (filter: object = {}) =>
  (await recordPages.latest(view, { ...page, ...filter })).items.map(item => item.id);

describe('What the public sees of a record', () => {
  it('is nothing until it is published', async () => {
    await collect('r1');
    await approve('r1');
    await follow();
    expect(await recordPages.published(view, 'r1')).toBeNull();
    expect(await recordPages.latest(view, page)).toEqual({ total: 0, items: [], next: null });
    expect(await publicIds({ q: '救灾' })).toEqual([]);
  });

  it('is its content, its number, its day and the name of the unit, from publication on', async () => {
    await collect('r1');
    await approve('r1');
    await publish('r1');
    await follow();
    expect(await recordPages.published(view, 'r1')).toEqual({
      ...fields,
      id: 'r1',
      indexNumber: '000000000/2013-00001',
      publishedOn: '2013-04-26',
      validity: 'in-force',
      unitName: '救灾处',
    });
    const { items } = await recordPages.latest(view, page);
    expect(items).toEqual([expect.objectContaining({ id: 'r1', unitName: '救灾处' })]);
    expect(items[0]).not.toHaveProperty('body');
    expect(items[0]).not.toHaveProperty('draft');
  });

  it('stays as it was while a revision is under way, and changes when that is published', async () => {
    await collect('r1');
    await approve('r1');
    await publish('r1');
    await happened(record.stream('r1'), '2013-04-28', {
      type: 'RecordRevised',
      data: { recordId: 'r1', by: 'zhao', why: '更正', changes: { title: '更正后的标题' } },
    });
    await follow();
    expect(await recordPages.published(view, 'r1')).toMatchObject({ title: fields.title });
    expect(await publicIds({ q: '更正' })).toEqual([]);
    await approve('r1', '2013-04-28');
    await publish('r1', '2013-04-29', { first: false, title: '更正后的标题' });
    await follow();
    expect(await recordPages.published(view, 'r1')).toMatchObject({
      title: '更正后的标题',
      publishedOn: '2013-04-26',
      revisedOn: '2013-04-29',
      indexNumber: '000000000/2013-00001',
    });
    expect(await publicIds()).toEqual(['r1']);
  });

  it('is after withdrawal only that it is gone, when and why; nothing of its content is shown, listed or found', async () => {
    await collect('r1', { documentNumber: '川民发〔2013〕45号' });
    await approve('r1');
    await publish('r1');
    await withdraw('r1');
    await follow();
    const answer = await recordPages.published(view, 'r1');
    expect(answer).toMatchObject({
      refused: 'gone',
      name: 'record-withdrawn',
      detail: { withdrawnOn: '2013-05-02', why: '内容有误', indexNumber: '000000000/2013-00001' },
    });
    expect(JSON.stringify([answer, await view.get('published', 'r1')])).not.toMatch(/芦山|帐篷|川民发/);
    expect(await recordPages.latest(view, page)).toMatchObject({ total: 0, items: [] });
    expect(await publicIds({ q: '芦山' })).toEqual([]);
    expect((await recordPages.inAnyState(view, page)).items).toMatchObject([{ id: 'r1', status: 'withdrawn' }]);
  });

  it('is the same when it is built anew', async () => {
    await collect('r1');
    await follow();
    await approve('r1');
    await publish('r1');
    await follow();
    const before = [await recordPages.latest(view, page), await recordPages.inAnyState(view, page)];
    const anew = await asOf({ store }, recordsView, { position: await store.head() });
    expect([await recordPages.latest(anew.view, page), await recordPages.inAnyState(anew.view, page)]).toEqual(before);
    await anew.close();
  });
});

describe('Searching the catalogue', () => {
  beforeEach(async () => {
    await collect('relief', { documentNumber: '川民发〔2013〕45号' });
    await publish('relief');
    await collect('subsidy', { title: '农村低保标准', body: '每人每月。', category: 'regulations' });
    await publish('subsidy', '2013-04-26', { serial: 2 });
    await follow();
  });

  it.each([
    ['two characters', '救灾', ['relief']],
    ['two characters, traditional', '救災', ['relief']],
    ['two characters of the body', '帐篷', ['relief']],
    ['two characters of the body, traditional', '帳篷', ['relief']],
    ['a document number', '川民发〔2013〕45号', ['relief']],
    ['an index number', '000000000/2013-00002', ['subsidy']],
    ['two words that stand apart', '救灾 调拨', ['relief']],
    ['two characters that are not next to each other', '芦灾', []],
    ['a word of another record', '低保', ['subsidy']],
    ['a traditional word of another record', '農村', ['subsidy']],
  ])('by %s finds the records that hold it', async (_, q, ids) => {
    expect(await publicIds({ q })).toEqual(ids);
    expect((await recordPages.latest(view, { ...page, q })).total).toBe(ids.length);
  });

  it('keeps to the class and the unit asked for', async () => {
    expect(await publicIds({ category: 'regulations' })).toEqual(['subsidy']);
    expect(await publicIds({ q: '救灾', category: 'regulations' })).toEqual([]);
    expect(await publicIds({ unit: 'nobody' })).toEqual([]);
    expect(await publicIds()).toEqual(['subsidy', 'relief']);
  });
});

describe('A traditional text', () => {
  it('is found by its simplified words and by its own', async () => {
    await collect('r1', { title: '蘆山地震救災物資' });
    await publish('r1');
    await follow();
    expect(await publicIds({ q: '救灾' })).toEqual(['r1']);
    expect(await publicIds({ q: '救災' })).toEqual(['r1']);
  });
});

describe('What waits in the catalogue', () => {
  it('is each record’s next step, for those who take it, due twenty working days after it was formed', async () => {
    await collect('r1');
    await collect('r2');
    await approve('r2');
    await follow();
    const collector = { person: 'li', name: '李', roles: ['collector'] as const };
    expect(await tasksOf(view, collector, '2013-05-24')).toEqual([
      {
        room: 'catalogue',
        kind: 'first-review',
        id: 'r1',
        title: fields.title,
        roles: ['collector'],
        since: '2013-04-25',
        dueOn: '2013-05-23',
        overdue: true,
        href: '/api/v1/records/r1',
      },
    ]);
    expect(
      (await tasksOf(view, { ...collector, roles: ['publisher'] }, '2013-05-23')).map(({ kind, id, overdue }) => ({
        kind,
        id,
        overdue,
      })),
    ).toEqual([{ kind: 'publication', id: 'r2', overdue: false }]);
    expect(await tasksOf(view, { ...collector, roles: ['auditor'] }, '2013-05-24')).toHaveLength(2);
  });
});
