import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Accepted, isRefusal, registerRequest } from '#contracts';
import {
  type Aggregate,
  type Decision,
  type DomainEvent,
  type Digests,
  type Envelope,
  handle,
  keyedDigests,
  load,
  type StepInput,
} from '#commands';
import { openSqliteEventStore, versioned, type VersionedStore } from '#event-store';
import { type Keys, masterKeysOf, openSqliteKeys } from '#privacy';
import { type Aside, asOf, type View, viewAside } from '#projections';
import { office, practice, set } from '../practice/practice.js';
import { answer, close, confirm, register, request } from '../request/request.js';
import { requestsEventTypes } from '../requests.events.js';
import { requestPages, requestShown, tasksOf } from './request-pages.js';
import { requestsView } from './requests.js';

const officer = { person: 'zhou', name: '周启明', roles: ['request-officer', 'backdater'] as const };
const page = { limit: 50 };
let folder: string;
let store: VersionedStore;
let aside: Aside;
let view: View;
let keys: Keys;
let digests: Digests;
let commands: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'requests-'));
  store = versioned(await openSqliteEventStore(join(folder, 'events.db')), requestsEventTypes);
  aside = await viewAside({ store }, requestsView);
  view = aside.view;
  keys = await openSqliteKeys(join(folder, 'keys.db'), masterKeysOf(randomBytes(32).toString('base64'))!);
  digests = keyedDigests(await keys.secret('command-digests'), keys);
  commands = 0;
});
afterEach(async () => {
  await aside.close();
  await store.close();
  await keys.close();
  await rm(folder, { recursive: true });
});

async function act<C extends StepInput, S, E extends DomainEvent>(
  aggregate: Aggregate<S, E>,
  id: string,
  decide: Decision<C, S, E>,
  input: C,
): Promise<Accepted> {
  const commandId = `command-${(commands += 1)}`;
  const envelope: Envelope = {
    commandId,
    command: commandId,
    correlationId: 'walk',
    actor: officer,
    now: new Date('2013-12-31T02:00:00Z'),
    today: '2013-12-31',
    digests,
  };
  const answer = await handle(store, aggregate, id, { source: '纸质登记簿', reason: '补录', ...input }, decide, envelope);
  if (isRefusal(answer)) throw new Error(answer.en);
  return answer;
}

const follow = () => aside.follow();

/** Two requests of 2013 on the same matter: a letter, answered in time, and one that the provincial government passed on, open. */
async function theTwoOf2013() {
  await act(practice, office, set, {
    from: '2009-01-01',
    letter: 'arrival',
    forwarded: 'arrival',
    fax: 'confirmation',
    online: 'confirmation',
    basis: '公开指南第五条',
    occurredOn: '2013-01-04',
  });
  const { state: practices } = await load(store, practice, office);
  const common = { applicantType: 'natural-person', form: 'letter', subject: '芦山地震救灾资金分配' };
  await act(
    request,
    'letter',
    register('letter'),
    registerRequest.input.parse({ ...common, path: 'direct', occurredOn: '2013-09-16' }),
  );
  await act(request, 'letter', confirm(practices), { id: 'letter', occurredOn: '2013-09-17' });
  await act(request, 'letter', answer, { id: 'letter', outcome: 'granted', note: '邮寄复印件', occurredOn: '2013-10-12' });
  const forwarding = { by: '四川省人民政府办公厅', on: '2013-09-20' };
  await act(
    request,
    'forwarded',
    register('forwarded'),
    registerRequest.input.parse({ ...common, path: 'forwarded', forwarding, occurredOn: '2013-09-23' }),
  );
  await act(request, 'forwarded', confirm(practices), { id: 'forwarded', occurredOn: '2013-09-23' });
  return practices;
}

describe('The register of requests', () => {
  it('lists every request with its days, the newest first', async () => {
    await theTwoOf2013();
    await follow();
    expect(await requestPages.latest(view, page)).toEqual({
      total: 2,
      next: null,
      items: [
        {
          id: 'forwarded',
          revision: 1,
          status: 'received',
          since: '2013-09-23',
          path: 'forwarded',
          form: 'letter',
          applicantType: 'natural-person',
          subject: '芦山地震救灾资金分配',
          forwarding: { by: '四川省人民政府办公厅', on: '2013-09-20' },
          signedFor: false,
          arrivedOn: '2013-09-23',
          receivedOn: '2013-09-23',
          dueOn: '2013-10-17',
        },
        {
          id: 'letter',
          revision: 2,
          status: 'answered',
          since: '2013-10-12',
          path: 'direct',
          form: 'letter',
          applicantType: 'natural-person',
          subject: '芦山地震救灾资金分配',
          signedFor: false,
          arrivedOn: '2013-09-16',
          receivedOn: '2013-09-16',
          dueOn: '2013-10-12',
          outcome: 'granted',
          answeredOn: '2013-10-12',
          inTime: true,
        },
      ],
    });
  });

  it('finds requests by state, by path and by the day before which an answer is due', async () => {
    await theTwoOf2013();
    await follow();
    const found = async (filter: object) => (await requestPages.latest(view, { ...page, ...filter })).items.map(item => item.id);
    expect(await found({ status: 'answered' })).toEqual(['letter']);
    expect(await found({ path: 'forwarded' })).toEqual(['forwarded']);
    expect(await found({ dueBefore: '2013-10-12' })).toEqual([]);
    expect(await found({ dueBefore: '2013-10-13' })).toEqual(['letter']);
    expect(await found({ dueBefore: '2013-10-18', path: 'forwarded', status: 'answered' })).toEqual([]);
  });

  it('goes on with the next page where the one before ended', async () => {
    await theTwoOf2013();
    await follow();
    const first = await requestPages.latest(view, { limit: 1 });
    expect(first.items.map(item => item.id)).toEqual(['forwarded']);
    const second = await requestPages.latest(view, { limit: 1, after: first.next! });
    expect([second.items.map(item => item.id), second.next]).toEqual([['letter'], null]);
  });

  it('shows a request with the reasons of its due date, day by day', async () => {
    await theTwoOf2013();
    const { state } = await load(store, request, 'letter');
    expect(requestShown(state)).toMatchObject({
      status: 'answered',
      outcome: 'granted',
      note: '邮寄复印件',
      answeredOn: '2013-10-12',
      inTime: true,
      explanation: {
        receivedOn: '2013-09-16',
        dueOn: '2013-10-12',
        workingDays: 15,
        law: { zh: expect.stringContaining('第二十四条') as unknown, en: expect.stringContaining('Art. 24') as unknown },
        receiptRule: { zh: expect.stringContaining('惯例') as unknown, en: expect.stringContaining('own practice') as unknown },
        skipped: expect.arrayContaining([{ on: '2013-09-19', name: '中秋', kind: 'holiday' }]) as unknown,
        workedWeekends: ['2013-09-22', '2013-09-29', '2013-10-12'],
      },
    });
  });

  it('lists the office’s receipt practices, the latest first, a corrected one once', async () => {
    const ways = { letter: 'arrival', forwarded: 'arrival', fax: 'confirmation', online: 'confirmation' } as const;
    await act(practice, office, set, { from: '2013-07-01', ...ways, basis: '指南第六条' });
    await act(practice, office, set, { from: '2009-01-01', ...ways, basis: '指南第五条' });
    await act(practice, office, set, { from: '2009-01-01', ...ways, basis: '指南第四条' });
    await follow();
    const { total, items } = await requestPages.practices(view, page);
    expect([total, ...items.map(({ from, basis }) => `${from} ${basis}`)]).toEqual([
      2,
      '2013-07-01 指南第六条',
      '2009-01-01 指南第四条',
    ]);
  });

  it('is the same when it is built anew', async () => {
    await theTwoOf2013();
    await follow();
    const before = await requestPages.latest(view, page);
    const anew = await asOf({ store }, requestsView, { position: await store.head() });
    expect(await requestPages.latest(anew.view, page)).toEqual(before);
    await anew.close();
  });
});

describe('What waits for the request officers', () => {
  it('is receipt to confirm, an answer with its due day, a file to close, and nothing once it is closed', async () => {
    const practices = await theTwoOf2013();
    await act(
      request,
      'new',
      register('new'),
      registerRequest.input.parse({
        path: 'direct',
        form: 'online',
        applicantType: 'research',
        subject: '低保标准',
        occurredOn: '2013-10-15',
      }),
    );
    await follow();
    const tasks = await tasksOf(view, officer, '2013-10-18');
    expect(tasks.map(({ kind, id, dueOn, overdue }) => ({ kind, id, dueOn, overdue }))).toEqual([
      { kind: 'close', id: 'letter', dueOn: null, overdue: false },
      { kind: 'answer', id: 'forwarded', dueOn: '2013-10-17', overdue: true },
      { kind: 'confirm-receipt', id: 'new', dueOn: null, overdue: false },
    ]);
    expect(tasks[1]).toEqual({
      room: 'requests',
      kind: 'answer',
      id: 'forwarded',
      title: '芦山地震救灾资金分配',
      roles: ['request-officer'],
      since: '2013-09-23',
      dueOn: '2013-10-17',
      overdue: true,
      href: '/api/v1/requests/forwarded',
    });
    expect((await tasksOf(view, officer, '2013-10-17'))[1]).toMatchObject({ overdue: false });

    await act(request, 'letter', close, { id: 'letter', occurredOn: '2013-10-14' });
    await act(request, 'new', confirm(practices), { id: 'new', occurredOn: '2013-10-16' });
    await follow();
    expect((await tasksOf(view, officer, '2013-10-17')).map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'answer forwarded',
      'answer new',
    ]);
  });

  it('is shown to an auditor too, and to nobody whose work it is not', async () => {
    await theTwoOf2013();
    await follow();
    expect(await tasksOf(view, { ...officer, roles: ['auditor'] }, '2013-10-17')).toHaveLength(2);
    expect(await tasksOf(view, { ...officer, roles: ['publisher'] }, '2013-10-17')).toEqual([]);
  });
});
