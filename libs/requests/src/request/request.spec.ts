import { describe, expect, it } from '@jest/globals';
import { confirmReceipt, registerRequest, type RequestRegistered } from '#contracts';
import type { Decision } from '#commands';
import type { Practice, Practices } from '../practice/practice.js';
import { type RequestEvent, requestEvents } from './request.events.js';
import { answer, close, confirm, register, request, type RequestState } from './request.js';

const officer = { person: 'zhou', name: '周启明', roles: ['request-officer'] as const };
const subject = '2013年芦山地震救灾资金分配';

/** Given these events, when the officer does this on that day, then these events or this refusal. */
const given = (...events: RequestEvent[]) => ({
  when: <C>(decide: Decision<C, RequestState, RequestEvent>, command: C, occurredOn: string) =>
    decide(
      { ...command, actor: officer, today: '2026-11-24', occurredOn },
      events.reduce((state, event) => request.evolve(state, event), request.initial),
    ),
});

const letter = { path: 'direct', form: 'letter', applicantType: 'natural-person', subject } as const;
const forwarding = { by: '四川省人民政府办公厅', letter: '川府办函〔2013〕21号', on: '2013-09-12' };
const registering = (input: object) => registerRequest.input.parse(input);
const registered = (arrivedOn: string, more: Partial<RequestRegistered['data']> = {}): RequestEvent => ({
  type: 'RequestRegistered',
  data: {
    requestId: 'r1',
    path: 'direct',
    form: 'letter',
    applicantType: 'natural-person',
    subject,
    arrivedOn,
    signedFor: false,
    ...more,
  },
});
const received = (receivedOn: string, dueOn: string): RequestEvent => ({
  type: 'ReceiptConfirmed',
  data: {
    requestId: 'r1',
    path: 'direct',
    form: 'letter',
    subject,
    receivedOn,
    dueOn,
    workingDays: 15,
    receiptRule: '惯例',
    receiptRuleEn: 'practice',
    skipped: [],
    workedWeekends: [],
  },
});
const answered: RequestEvent = {
  type: 'RequestAnswered',
  data: {
    requestId: 'r1',
    path: 'direct',
    form: 'letter',
    subject,
    outcome: 'granted',
    receivedOn: '2013-09-16',
    dueOn: '2013-10-12',
    answeredOn: '2013-10-12',
  },
};
const closed: RequestEvent = { type: 'RequestClosed', data: { requestId: 'r1', closedOn: '2013-10-14' } };

const practice: Practice = {
  from: '2008-05-01',
  letter: 'arrival',
  forwarded: 'confirmation',
  fax: 'confirmation',
  online: 'confirmation',
  basis: '公开指南第五条',
};
const practices: Practices = [practice];

describe('Registering a request', () => {
  it('notes a letter on the day it reached the office, and makes nobody’s deadline run yet', () => {
    const events = given().when(register('r1'), registering(letter), '2013-09-16');
    expect(events).toEqual([registered('2013-09-16')]);
    expect(requestEvents.RequestRegistered.data.parse((events as RequestEvent[])[0]!.data)).toEqual(
      registered('2013-09-16').data,
    );
  });

  it('keeps who forwarded a request, under which letter and when', () => {
    expect(given().when(register('r1'), registering({ ...letter, path: 'forwarded', forwarding }), '2013-09-16')).toEqual([
      registered('2013-09-16', { path: 'forwarded', forwarding }),
    ]);
  });

  it('does not take a forwarded request without the body that forwarded it', () => {
    expect(given().when(register('r1'), registering({ ...letter, path: 'forwarded' }), '2013-09-16')).toMatchObject({
      refused: 'invalid',
      name: 'forwarding-missing',
      issues: [{ path: 'forwarding' }],
    });
  });

  it('does not take a forwarding body for a request received directly', () => {
    expect(given().when(register('r1'), registering({ ...letter, forwarding }), '2013-09-16')).toMatchObject({
      refused: 'invalid',
      name: 'forwarding-unexpected',
      issues: [{ path: 'forwarding' }],
    });
  });

  it('does not take a request forwarded after it arrived; the same day is possible', () => {
    const forwarded = registering({ ...letter, path: 'forwarded', forwarding });
    expect(given().when(register('r1'), forwarded, '2013-09-11')).toMatchObject({
      refused: 'invalid',
      name: 'forwarded-later',
      issues: [{ path: 'forwarding.on' }],
    });
    expect(given().when(register('r1'), forwarded, '2013-09-12')).toHaveLength(1);
  });
});

describe('The due date, from receipt at the counter', () => {
  it.each([
    ['2013-09-16', 15, '2013-10-12'],
    ['2013-12-25', 15, '2014-01-16'],
    ['2019-05-14', 15, '2019-06-04'],
    ['2019-05-15', 20, '2019-06-13'],
    ['2020-01-17', 20, '2020-02-21'],
    ['2025-01-20', 20, '2025-02-21'],
    ['2025-09-25', 20, '2025-10-29'],
    ['2025-12-22', 20, '2026-01-20'],
  ])('of a request received on %s lies %i working days later, on %s', (on, workingDays, dueOn) => {
    expect(given(registered(on, { form: 'counter' })).when(confirm([]), { id: 'r1' }, on)).toMatchObject([
      { type: 'ReceiptConfirmed', data: { receivedOn: on, workingDays, dueOn } },
    ]);
  });

  it('counts a Saturday made a working day, and names the holidays that it skips', () => {
    const [event] = given(registered('2013-09-16', { form: 'counter' })).when(
      confirm([]),
      { id: 'r1' },
      '2013-09-16',
    ) as RequestEvent[];
    expect(event).toMatchObject({
      data: { dueOn: '2013-10-12', workedWeekends: expect.arrayContaining(['2013-09-22', '2013-10-12']) as unknown },
    });
    expect(event).toMatchObject({
      data: { skipped: expect.arrayContaining([{ on: '2013-10-01', name: '国庆节', kind: 'holiday' }]) as unknown },
    });
    expect(requestEvents.ReceiptConfirmed.data.safeParse(event!.data).success).toBe(true);
  });

  it('is not invented where the holidays of the year are not announced yet', () => {
    const refusal = given(registered('2026-12-22', { form: 'counter' })).when(confirm([]), { id: 'r1' }, '2026-12-22');
    expect(refusal).toMatchObject({ refused: 'conflict', name: 'calendar-unknown', detail: { year: 2027 } });
  });
});

describe('Receipt before 2019-05-15', () => {
  it('is at the counter the day it was handed in, also when it is confirmed later, by no practice', () => {
    expect(given(registered('2013-09-16', { form: 'counter' })).when(confirm([]), { id: 'r1' }, '2013-09-18')).toMatchObject([
      { data: { receivedOn: '2013-09-16', receiptRule: expect.stringContaining('第二十四条') as unknown } },
    ]);
  });

  it('is at the counter until the last day the day it was handed in, under the old text', () => {
    expect(given(registered('2019-05-14', { form: 'counter' })).when(confirm([]), { id: 'r1' }, '2019-05-16')).toMatchObject([
      { data: { receivedOn: '2019-05-14', workingDays: 15 } },
    ]);
  });

  it.each([
    ['a letter', { form: 'letter' }, '2013-09-16'],
    ['a forwarded request', { path: 'forwarded', forwarding }, '2013-09-18'],
    ['a request handed in at another body and forwarded', { path: 'forwarded', form: 'counter', forwarding }, '2013-09-18'],
    ['a fax', { form: 'fax' }, '2013-09-18'],
    ['an online request', { form: 'online' }, '2013-09-18'],
  ] as const)('is for %s what the office’s practice says, and the rule names the practice as one', (_, more, receivedOn) => {
    expect(given(registered('2013-09-16', more)).when(confirm(practices), { id: 'r1' }, '2013-09-18')).toMatchObject([
      {
        data: {
          receivedOn,
          workingDays: 15,
          receiptRule: expect.stringMatching(/本机关的收到日惯例（自2008-05-01起，依据：公开指南第五条）/) as unknown,
        },
      },
    ]);
  });

  it('goes by the practice in force on the day of arrival, not by one set for a later day', () => {
    const later: Practice = { ...practice, from: '2013-09-17', letter: 'confirmation' };
    expect(given(registered('2013-09-16')).when(confirm([practice, later]), { id: 'r1' }, '2013-09-18')).toMatchObject([
      { data: { receivedOn: '2013-09-16' } },
    ]);
    expect(given(registered('2013-09-17')).when(confirm([practice, later]), { id: 'r1' }, '2013-09-18')).toMatchObject([
      { data: { receivedOn: '2013-09-18' } },
    ]);
  });

  it('is not guessed where the office has no practice in force: the officer is told to set one', () => {
    for (const none of [[], [{ ...practice, from: '2013-09-17' }]]) {
      expect(given(registered('2013-09-16')).when(confirm(none), { id: 'r1' }, '2013-09-18')).toMatchObject({
        refused: 'conflict',
        name: 'receipt-practice-missing',
        zh: expect.stringContaining('POST /api/v1/receipt-practices') as unknown,
      });
    }
  });
});

describe('Receipt from 2019-05-15 (Art. 31)', () => {
  it.each([
    ['at the counter is the day it was handed in', { form: 'counter' }, '2025-09-25', '第（一）项'],
    ['of a letter signed for is the day of signing', { form: 'letter', signedFor: true }, '2025-09-25', '第（二）项'],
    ['of an ordinary letter is the day of confirmation with the applicant', { form: 'letter' }, '2025-09-26', '第（二）项'],
    ['by fax is the day both sides confirm', { form: 'fax' }, '2025-09-26', '第（三）项'],
    ['online is the day both sides confirm', { form: 'online' }, '2025-09-26', '第（三）项'],
    ['of a forwarded request is our own signing day', { path: 'forwarded', forwarding, signedFor: true }, '2025-09-25', '转交'],
    [
      'of a forwarded request nobody signed for is the day of confirmation',
      { path: 'forwarded', forwarding },
      '2025-09-26',
      '转交',
    ],
  ] as const)('%s', (_, more, receivedOn, item) => {
    expect(given(registered('2025-09-25', more)).when(confirm(practices), { id: 'r1' }, '2025-09-26')).toMatchObject([
      {
        data: {
          receivedOn,
          workingDays: 20,
          receiptRule: expect.stringMatching(`第三十一条.*${item}|${item}.*第三十一条`) as unknown,
        },
      },
    ]);
  });

  it('governs what arrived before and is confirmed after: the day of confirmation, and twenty working days', () => {
    expect(given(registered('2019-05-14')).when(confirm([]), { id: 'r1' }, '2019-05-15')).toMatchObject([
      {
        data: {
          receivedOn: '2019-05-15',
          workingDays: 20,
          dueOn: '2019-06-13',
          receiptRule: expect.stringContaining('第三十一条') as unknown,
        },
      },
    ]);
  });

  it('does not govern a letter signed for before: the practice of that time does', () => {
    const signed = registered('2019-05-14', { signedFor: true });
    expect(given(signed).when(confirm(practices), { id: 'r1' }, '2019-05-15')).toMatchObject([
      { data: { receivedOn: '2019-05-14', workingDays: 15, dueOn: '2019-06-04' } },
    ]);
    expect(given(signed).when(confirm([]), { id: 'r1' }, '2019-05-15')).toMatchObject({ name: 'receipt-practice-missing' });
  });
});

describe('Answering and closing', () => {
  it('an answer carries the days it is judged by', () => {
    const events = given(registered('2013-09-16'), received('2013-09-16', '2013-10-12')).when(
      answer,
      { id: 'r1', outcome: 'granted' },
      '2013-10-12',
    );
    expect(events).toEqual([answered]);
    expect(requestEvents.RequestAnswered.data.safeParse((events as RequestEvent[])[0]!.data).success).toBe(true);
  });

  it('an answer may carry a note', () => {
    expect(
      given(registered('2013-09-16'), received('2013-09-16', '2013-10-12')).when(
        answer,
        { id: 'r1', outcome: 'granted', note: '邮寄复印件' },
        '2013-10-12',
      ),
    ).toMatchObject([{ data: { note: '邮寄复印件' } }]);
  });

  it('a late answer is accepted: it is counted as late, not refused', () => {
    expect(
      given(registered('2013-09-16'), received('2013-09-16', '2013-10-12')).when(
        answer,
        { id: 'r1', outcome: 'refused' },
        '2013-10-14',
      ),
    ).toMatchObject([{ data: { dueOn: '2013-10-12', answeredOn: '2013-10-14' } }]);
  });

  it('an answered request is closed', () => {
    expect(
      given(registered('2013-09-16'), received('2013-09-16', '2013-10-12'), answered).when(close, { id: 'r1' }, '2013-10-14'),
    ).toEqual([closed]);
  });

  const life = [registered('2013-09-16'), received('2013-09-16', '2013-10-12'), answered, closed];
  it.each([
    ['receipt is confirmed once', life.slice(0, 2), confirm(practices), 'not-registered'],
    ['an answered request’s receipt is not confirmed again', life.slice(0, 3), confirm(practices), 'not-registered'],
    ['a request is not closed before it is answered', life.slice(0, 2), close, 'not-answered'],
    ['a request is closed once', life, close, 'not-answered'],
  ] as const)('%s', (_, events, decide, name) => {
    expect(given(...events).when(decide, confirmReceipt.input.parse({ id: 'r1' }), '2013-10-14')).toMatchObject({
      refused: 'conflict',
      name,
    });
  });

  it('a request is not answered before receipt is confirmed, nor twice', () => {
    for (const events of [life.slice(0, 1), life.slice(0, 3), life]) {
      expect(given(...events).when(answer, { id: 'r1', outcome: 'granted' }, '2013-10-14')).toMatchObject({
        refused: 'conflict',
        name: 'not-received',
      });
    }
  });

  it('a request that nobody registered is unknown', () => {
    expect(given().when(confirm(practices), { id: 'r1' }, '2013-10-14')).toMatchObject({
      refused: 'missing',
      name: 'request-unknown',
    });
    expect(given().when(answer, { id: 'r1', outcome: 'granted' }, '2013-10-14')).toMatchObject({
      refused: 'missing',
      name: 'request-unknown',
    });
    expect(given().when(close, { id: 'r1' }, '2013-10-14')).toMatchObject({ refused: 'missing', name: 'request-unknown' });
  });
});
