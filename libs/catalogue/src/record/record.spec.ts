import { describe, expect, it } from '@jest/globals';
import { catalogueEvents, collectRecord, secrecyReviewRecord } from '#contracts';
import type { Decision } from '#commands';
import { indexNumber, issue } from './index-number.js';
import type { RecordEvent } from './record.events.js';
import {
  approve,
  collect,
  firstReview,
  giveBack,
  publish,
  record,
  type RecordState,
  revise,
  secrecyReview,
  submit,
  withdraw,
} from './record.js';

const actor = (person: string) => ({ person, name: person, roles: ['collector', 'secrecy-reviewer', 'publisher'] as const });

/** Given these events, when this person does this on that day, then these events or this refusal. */
const given = (...events: RecordEvent[]) => ({
  when: <C>(decide: Decision<C, RecordState, RecordEvent>, command: C, occurredOn = '2013-04-25', person = 'li') =>
    decide({ ...command, actor: actor(person), today: '2026-11-24', occurredOn }, stateAfter(events)),
});
const stateAfter = (events: readonly RecordEvent[]) =>
  events.reduce((state, event) => record.evolve(state, event), record.initial);

const fields = {
  unit: 'jiuzai',
  title: '芦山地震救灾物资调拨情况',
  body: '截至4月24日，调拨帐篷。',
  category: 'news',
  topic: '民政、扶贫、救灾/减灾救灾',
  content: 'earthquake',
  formedOn: '2013-04-24',
} as const;
const recordId = 'r1';
const step = { id: recordId };
const reviewed = secrecyReviewRecord.input.parse(step);

const collected: RecordEvent = { type: 'RecordCollected', data: { recordId, by: 'li', ...fields } };
const firstReviewed: RecordEvent = { type: 'RecordFirstReviewed', data: { recordId } };
const submitted: RecordEvent = { type: 'RecordSubmitted', data: { recordId } };
const secrecyCleared: RecordEvent = { type: 'RecordSecrecyCleared', data: { recordId, finding: 'not-secret' } };
const approved: RecordEvent = { type: 'RecordApproved', data: { recordId } };
const { unit, title, category, topic, content, formedOn } = fields;
const number = '000000000/2013-00001';
const publication = {
  recordId,
  indexNumber: number,
  unit,
  title,
  category,
  topic,
  content,
  formedOn,
  firstPublishedOn: '2013-04-26',
};
const published: RecordEvent = {
  type: 'RecordPublished',
  data: { ...publication, first: true, previousCategory: 'news', previousContent: 'earthquake', publishedOn: '2013-04-26' },
};
const revised = (
  by: string,
  changes: Partial<typeof fields> & { category?: string } = { title: '更正后的标题' } as object,
): RecordEvent => ({
  type: 'RecordRevised',
  data: { recordId, by, why: '更正数字', changes: changes as object },
});
const withdrawn: RecordEvent = {
  type: 'RecordWithdrawn',
  data: {
    recordId,
    category: 'news',
    content: 'earthquake',
    firstPublishedOn: '2013-04-26',
    withdrawnOn: '2013-05-02',
    why: '内容有误',
  },
};
const untilApproval = [firstReviewed, submitted, secrecyCleared, approved];
const life = [collected, ...untilApproval, published];

describe('The whole life of a record', () => {
  it('goes from collection through first review, submission, secrecy review and approval to publication', () => {
    expect(given().when(collect(recordId), fields)).toEqual([collected]);
    expect(given(collected).when(firstReview, step)).toEqual([firstReviewed]);
    expect(given(collected, firstReviewed).when(submit, step)).toEqual([submitted]);
    expect(given(collected, firstReviewed, submitted).when(secrecyReview, reviewed, '2013-04-25', 'wang')).toEqual([
      secrecyCleared,
    ]);
    expect(given(collected, firstReviewed, submitted, secrecyCleared).when(approve, step)).toEqual([approved]);
    expect(given(collected, ...untilApproval).when(publish(number), step, '2013-04-26')).toEqual([published]);
    expect(catalogueEvents.RecordPublished.data.parse(published.data)).toEqual(published.data);
  });

  it.each([
    ['a record is not reviewed for secrecy before it is submitted', [collected, firstReviewed], secrecyReview, 'not-submitted'],
    ['a record is not submitted before its first review', [collected], submit, 'not-first-reviewed'],
    ['a record is not approved before its secrecy review', [collected, firstReviewed, submitted], approve, 'not-secrecy-cleared'],
    [
      'a record is not published before it is approved',
      [collected, firstReviewed, submitted, secrecyCleared],
      publish(number),
      'not-approved',
    ],
    ['a collected record is not published', [collected], publish(number), 'not-approved'],
    [
      'a returned record is not published',
      [collected, ...untilApproval, { type: 'RecordReturned', data: { recordId, why: '存疑' } }],
      publish(number),
      'not-approved',
    ],
    ['a record is not published twice without a revision', life, publish(number), 'not-approved'],
    ['a record is not reviewed a second time', [collected, firstReviewed], firstReview, 'not-collected'],
  ] as const)('%s', (_, events, decide, name) => {
    expect(given(...events).when(decide, reviewed, '2013-04-27', 'wang')).toMatchObject({ refused: 'conflict', name });
  });

  it('a record that nobody collected is unknown', () => {
    for (const decide of [firstReview, submit, approve, publish(number)])
      expect(given().when(decide, step)).toMatchObject({ refused: 'missing', name: 'record-unknown' });
    expect(given().when(withdraw, { ...step, why: '误' })).toMatchObject({ refused: 'missing', name: 'record-unknown' });
  });
});

describe('Collecting a record', () => {
  it('needs a body or an attachment', () => {
    const { body: _, ...bare } = fields;
    expect(given().when(collect(recordId), bare)).toMatchObject({
      refused: 'invalid',
      name: 'content-missing',
      issues: [{ path: 'body' }],
    });
    expect(
      given().when(collect(recordId), { ...bare, attachment: { name: '附表.xls', href: 'https://example.com/a.xls' } }),
    ).toHaveLength(1);
  });

  it('does not take a document formed after the day it is collected; the same day is possible', () => {
    expect(given().when(collect(recordId), fields, '2013-04-23')).toMatchObject({
      refused: 'invalid',
      name: 'formed-later',
      issues: [{ path: 'formedOn' }],
    });
    expect(given().when(collect(recordId), fields, '2013-04-24')).toHaveLength(1);
  });

  it('happens once, and keeps neither source nor reason of a late entry as content', () => {
    expect(given(collected).when(collect(recordId), fields)).toMatchObject({ refused: 'conflict', name: 'already-collected' });
    const input = collectRecord.input.parse({ ...fields, source: '纸质登记簿', reason: '补录', occurredOn: '2013-04-25' });
    expect(given().when(collect(recordId), { ...input, occurredOn: '2013-04-25' })).toEqual([collected]);
  });
});

describe('Four eyes: secrecy review', () => {
  const waiting = [firstReviewed, submitted];

  it('is not done by whoever collected the record', () => {
    expect(given(collected, ...waiting).when(secrecyReview, reviewed, '2013-04-25', 'li')).toMatchObject({
      refused: 'conflict',
      name: 'own-secrecy-review',
    });
  });

  it('is not done by whoever revised it, nor by its collector after another’s revision', () => {
    for (const person of ['li', 'zhao']) {
      expect(given(collected, revised('zhao'), ...waiting).when(secrecyReview, reviewed, '2013-04-25', person)).toMatchObject({
        refused: 'conflict',
        name: 'own-secrecy-review',
      });
    }
    expect(given(collected, revised('zhao'), ...waiting).when(secrecyReview, reviewed, '2013-04-25', 'wang')).toEqual([
      secrecyCleared,
    ]);
  });

  it('of a published record’s revision is not done by the reviser', () => {
    const draft = [...life, revised('wang'), ...waiting];
    expect(given(...draft).when(secrecyReview, reviewed, '2013-05-02', 'wang')).toMatchObject({
      refused: 'conflict',
      name: 'own-secrecy-review',
    });
    expect(given(...draft).when(secrecyReview, reviewed, '2013-05-02', 'chen')).toEqual([secrecyCleared]);
  });
});

describe('Return and revision', () => {
  const returned: RecordEvent = { type: 'RecordReturned', data: { recordId, why: '数字存疑' } };

  it.each([
    ['first review', [collected, firstReviewed]],
    ['submission', [collected, firstReviewed, submitted]],
    ['secrecy review', [collected, firstReviewed, submitted, secrecyCleared]],
    ['approval', [collected, ...untilApproval]],
  ])('a record is returned after its %s, with the reason', (_, events) => {
    expect(given(...events).when(giveBack, { ...step, why: '数字存疑' })).toEqual([returned]);
  });

  it('a published record is not returned: it is revised or withdrawn', () => {
    expect(given(...life).when(giveBack, { ...step, why: '数字存疑' })).toMatchObject({ refused: 'conflict' });
    expect(given(...life, withdrawn).when(giveBack, { ...step, why: '数字存疑' })).toMatchObject({ refused: 'conflict' });
  });

  it('a returned record is revised, and then goes through every step again', () => {
    const events = [collected, firstReviewed, submitted, returned];
    expect(given(...events).when(revise, { ...step, title: '更正后的标题', why: '更正数字' }, '2013-04-26', 'zhao')).toEqual([
      revised('zhao'),
    ]);
    expect(given(...events, revised('zhao')).when(submit, step)).toMatchObject({ name: 'not-first-reviewed' });
    expect(given(...events, revised('zhao')).when(firstReview, step)).toEqual([firstReviewed]);
    expect(stateAfter([...events, revised('zhao')]).fields).toEqual({ ...fields, title: '更正后的标题' });
  });

  it('a record under review is not revised behind the reviewer’s back', () => {
    for (const events of [
      [collected, firstReviewed],
      [collected, firstReviewed, submitted],
      [collected, ...untilApproval],
    ]) {
      expect(given(...events).when(revise, { ...step, title: '更正', why: '更正数字' })).toMatchObject({
        refused: 'conflict',
        name: 'not-collected',
      });
    }
  });

  it('a revision changes something, and not the date it was formed to a later day than its own', () => {
    expect(given(collected).when(revise, { ...step, why: '更正数字' })).toMatchObject({
      refused: 'invalid',
      name: 'nothing-revised',
    });
    expect(given(collected).when(revise, { ...step, why: '更正数字', formedOn: '2013-04-26' })).toMatchObject({
      refused: 'invalid',
      name: 'formed-later',
    });
  });
});

describe('Republication', () => {
  const again = [...life, revised('zhao', { category: 'finance' } as object), ...untilApproval];

  it('keeps the index number and the first day, is not counted as first, and names the class it had', () => {
    expect(given(...again).when(publish(''), step, '2013-05-02')).toEqual([
      {
        type: 'RecordPublished',
        data: {
          ...publication,
          category: 'finance',
          previousCategory: 'news',
          previousContent: 'earthquake',
          first: false,
          publishedOn: '2013-05-02',
        },
      },
    ]);
  });

  it('keeps the number also where another one is offered, a third time and in another year', () => {
    const second: RecordEvent = {
      type: 'RecordPublished',
      data: {
        ...publication,
        category: 'finance',
        previousCategory: 'news',
        previousContent: 'earthquake',
        first: false,
        publishedOn: '2013-05-02',
      },
    };
    expect(
      given(...again, second, revised('zhao'), ...untilApproval).when(publish('000000000/2014-00009'), step, '2014-01-06'),
    ).toMatchObject([
      {
        data: {
          indexNumber: number,
          first: false,
          firstPublishedOn: '2013-04-26',
          previousCategory: 'finance',
          previousContent: 'earthquake',
          category: 'finance',
        },
      },
    ]);
  });

  it('needs its own approval', () => {
    expect(given(...life, revised('zhao')).when(publish(''), step)).toMatchObject({ name: 'not-approved' });
  });
});

describe('Withdrawal', () => {
  it('takes a published record back, with the reason the public reads', () => {
    expect(given(...life).when(withdraw, { ...step, why: '内容有误' }, '2013-05-02')).toEqual([withdrawn]);
    expect(catalogueEvents.RecordWithdrawn.data.parse(withdrawn.data)).toEqual(withdrawn.data);
  });

  it('takes it back also while a revision is under way, in the class the public knows', () => {
    expect(
      given(...life, revised('zhao', { category: 'finance' } as object), firstReviewed).when(
        withdraw,
        { ...step, why: '内容有误' },
        '2013-05-02',
      ),
    ).toEqual([withdrawn]);
  });

  it('is for published records only', () => {
    expect(given(collected, ...untilApproval).when(withdraw, { ...step, why: '误' })).toMatchObject({
      refused: 'conflict',
      name: 'not-published',
    });
  });

  it('is final: nothing follows it', () => {
    const gone = given(...life, withdrawn);
    expect(gone.when(withdraw, { ...step, why: '误' })).toMatchObject({ refused: 'conflict', name: 'already-withdrawn' });
    expect(gone.when(revise, { ...step, title: '新', why: '误' })).toMatchObject({ refused: 'conflict' });
    expect(gone.when(secrecyReview, reviewed, '2013-05-03', 'wang')).toMatchObject({ refused: 'conflict' });
    for (const decide of [firstReview, submit, approve, publish(number)])
      expect(gone.when(decide, step)).toMatchObject({ refused: 'conflict' });
  });
});

describe('Index numbers', () => {
  it('are the body’s code, the year and a serial of five digits', () => {
    expect(indexNumber('000000000', '2013', 1)).toBe(number);
    expect(indexNumber('000000000', '2013', 1)).toHaveLength(20);
    expect(indexNumber('000000000', '2013', 520)).toBe('000000000/2013-00520');
  });

  it('are handed out by the place in the year’s stream', () => {
    expect(issue({ recordId, actor: actor('li'), today: '2013-04-26', occurredOn: '2013-04-26' }, null)).toEqual([
      { type: 'IndexNumberIssued', data: { recordId } },
    ]);
  });
});
