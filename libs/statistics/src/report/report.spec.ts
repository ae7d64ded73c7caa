import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AnnualReport, refuse, type Refusal } from '#contracts';
import { type EventStore, openSqliteEventStore } from '#event-store';
import { type Aside, type View, viewAside } from '#projections';
import { annualReportView } from '../views/annual-report.js';
import { reportCasesView } from '../views/report-cases.js';
import { buildReport } from './build-report.js';
import { casesOf } from './cases.js';
import { closedReport } from './closed-report.js';
import { reportAsOf } from './report-as-of.js';
import { close, report as reportRules, write } from './report.js';
import { display } from './template.js';

const today = '2026-11-24';

describe('the annual report', () => {
  let folder: string;
  let store: EventStore;
  let asides: Aside[];
  let next = 0;
  beforeEach(async () => {
    next = 0;
    folder = mkdtempSync(join(tmpdir(), 'gongkai-report-'));
    store = await openSqliteEventStore(join(folder, 'events.db'));
    asides = [await viewAside({ store }, annualReportView), await viewAside({ store }, reportCasesView)];
  });
  afterEach(async () => {
    for (const aside of asides) await aside.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const given = async (type: string, data: Record<string, unknown>, occurredOn = '2013-01-01') => {
    const n = ++next;
    await store.append(
      `test.fact-${data['recordId'] ?? data['placementId'] ?? data['postId'] ?? data['requestId'] ?? n}`,
      [{ id: `e${n}`, type, version: 1, data, metadata: { occurredOn, recordedAt: '2026-11-24T00:00:00.000Z' } as never }],
      'any',
    );
  };
  const published = (recordId: string, on: string, category = 'news', more: object = {}) =>
    given(
      'RecordPublished',
      {
        recordId,
        indexNumber: `000000000/${recordId}`,
        first: true,
        unit: 'jiuzai',
        title: `信息${recordId}`,
        category,
        previousCategory: category,
        topic: 't',
        content: 'policy',
        previousContent: 'policy',
        formedOn: on,
        firstPublishedOn: on,
        publishedOn: on,
        ...more,
      },
      on,
    );
  const withdrawn = (recordId: string, firstPublishedOn: string, withdrawnOn: string, category = 'news') =>
    given('RecordWithdrawn', { recordId, category, content: 'policy', firstPublishedOn, withdrawnOn, why: '有误' }, withdrawnOn);
  const placed = (id: string, on: string, tier = 'central') =>
    given('PlacementRegistered', { placementId: id, outlet: 'xinhua', outletName: '新华社', tier, title: id, placedOn: on }, on);
  const views = async (): Promise<{ figures: View; cases: View }> => {
    for (const aside of asides) await aside.follow();
    return { figures: asides[0]!.view, cases: asides[1]!.view };
  };
  const built = async (year: number, asOf?: string) =>
    (await buildReport((await views()).figures, { year, asOf, today })) as AnnualReport;
  const value = (report: AnnualReport, key: string) => report.figures.find(figure => figure.key === key)?.value;

  it('of an office without any event shows no figure, not even 0', async () => {
    expect((await built(2013)).figures).toEqual([]);
  });

  it('counts a record once, from its first publication, in the class it has at the cut', async () => {
    await published('1', '2013-04-20');
    await published('1', '2013-09-01', 'plans', { first: false, previousCategory: 'news', firstPublishedOn: '2013-04-20' });
    expect(value(await built(2013), 'proactive.total')).toBe(1);
    expect([
      value(await built(2013), 'proactive.byCategory.news'),
      value(await built(2013), 'proactive.byCategory.plans'),
    ]).toEqual([0, 1]);
    expect(value(await built(2013, '2013-08-31'), 'proactive.byCategory.news')).toBe(1);
  });

  it('takes a withdrawn record out of the total as of its day, and lists it apart', async () => {
    await published('1', '2013-04-20');
    await published('2', '2013-05-02');
    await withdrawn('1', '2013-04-20', '2013-11-01');
    await withdrawn('2', '2013-05-02', '2014-02-01');
    expect(value(await built(2013), 'proactive.total')).toBe(1);
    expect(value(await built(2013, '2013-10-31'), 'proactive.total')).toBe(2);
    const report = await built(2013);
    const { cases } = await views();
    const figure = report.figures.find(one => one.key === 'proactive.total')!;
    const found = await casesOf(cases, { figure, period: report.cut.period, asOf: report.cut.asOf, limit: 50, column: null });
    expect(found).toMatchObject({
      total: 1,
      items: [{ id: '2' }],
      withdrawn: [{ id: '1', withdrawnOn: '2013-11-01', why: '有误' }],
    });
  });

  it('lists the cases of one class in full pages, each case once', async () => {
    for (let index = 10; index < 30; index++) await published(`r${index}`, '2013-04-20', index % 4 === 0 ? 'finance' : 'news');
    const report = await built(2013);
    const { cases } = await views();
    const figure = report.figures.find(one => one.key === 'proactive.byCategory.finance')!;
    const seen: string[][] = [];
    for (let after: string | null | undefined; after !== null;) {
      const found = await casesOf(cases, {
        figure,
        period: report.cut.period,
        asOf: report.cut.asOf,
        limit: 2,
        after,
        column: null,
      });
      seen.push(found.items.map(item => item.id));
      after = found.next;
    }
    expect(seen.filter(page => page.length > 0)).toEqual([['r12', 'r16'], ['r20', 'r24'], ['r28']]);
  });

  it('adds up what goes to the provincial column since it opened', async () => {
    await published('0', '2008-12-31');
    await published('1', '2012-04-20');
    await published('2', '2013-05-02');
    await published('3', '2013-05-02', 'finance');
    await given('ChannelOpened', {
      channelId: 'provincial-portal',
      name: '专栏',
      kind: 'provincial-portal',
      openedOn: '2009',
      columns: [],
      confirmation: 'manual',
    });
    await given('ChannelRouted', {
      channelId: 'provincial-portal',
      kind: 'provincial-portal',
      categories: ['news'],
      from: '2009-01-01',
    });
    expect(value(await built(2013), 'proactive.cumulative')).toBe(2);
  });

  it('rounds placements down to the ten with 余, and prints an exact multiple without it', async () => {
    await given('OutletRegistered', { outletId: 'xinhua', name: '新华社', tier: 'central', from: '2009-01-01' });
    for (let index = 1; index <= 10; index++) await placed(`p${index}`, '2013-03-01');
    const figure = async () => (await built(2013)).figures.find(one => one.key === 'channels.media.placements')!;
    expect(await figure()).toMatchObject({ value: 10, display: '10篇' });
    expect(await figure()).not.toHaveProperty('qualifier');
    await placed('p11', '2013-03-02');
    expect(await figure()).toMatchObject({ value: 10, count: 11, qualifier: 'over', display: '10余篇' });
  });

  it('has no attested figure of a whole year before the year is over, and no microblog before it opened', async () => {
    await given('FigureAttested', {
      year: 2013,
      key: 'channels.portal.visits',
      value: 70_000,
      qualifier: 'over',
      source: '统计',
      saidBy: '办公室',
      statedOn: '2014-01-10',
    });
    await given('ChannelOpened', {
      channelId: 'microblog',
      name: '微博',
      kind: 'microblog',
      openedOn: '2013-09',
      columns: [],
      confirmation: 'manual',
    });
    await given('PostRegistered', { postId: 'w', channel: 'microblog', text: '微博', postedOn: '2013-09-02' });
    expect((await built(2013)).figures.map(figure => figure.display)).toEqual(['7万余次', '1条']);
    const early = await built(2013, '2013-08-31');
    expect(early.figures).toEqual([]);
    expect(early.absent.map(one => one.key)).toEqual(
      expect.arrayContaining(['channels.portal.visits', 'channels.microblog.items']),
    );
  });

  it('refuses a cut outside the period or in the future, and a year that has not begun', async () => {
    for (const [year, asOf] of [
      [2013, '2012-12-31'],
      [2013, '2027-01-01'],
      [2027, undefined],
    ] as const) {
      expect((await built(year, asOf)) as unknown as Refusal).toHaveProperty('refused');
    }
  });

  it('is what it was at a moment from what had been recorded then, whatever was recorded late', async () => {
    await published('a', '2013-03-01');
    await published('b', '2013-04-01');
    const before = await store.head();
    await published('late', '2013-02-01');
    const at = async (moment: Parameters<typeof reportAsOf>[2], asOf?: string) =>
      (await reportAsOf(store, { year: 2013, asOf, today }, moment)) as AnnualReport & Refusal;
    expect(value(await built(2013, '2013-03-31'), 'proactive.total')).toBe(2);
    expect(value(await at({ position: before }, '2013-03-31'), 'proactive.total')).toBe(1);
    expect(await at({ position: before })).toMatchObject({ evidence: { position: before } });
    expect(value(await at({ position: before }), 'proactive.total')).toBe(2);
    expect(value(await at({ instant: '2026-11-24T08:00:00+08:00' }), 'proactive.total')).toBe(3);
    expect((await at({ instant: '2026-11-24T07:59:59+08:00' })).figures).toEqual([]);
    expect(await at({ position: before + 99 })).toMatchObject({ refused: 'invalid', name: 'moment-unknown' });
    expect((await at({ position: await store.head() })).digest).toBe((await built(2013)).digest);
  });

  it('has the same digest for the same events, whatever the position, and another for one more event', async () => {
    await published('1', '2013-04-20');
    const first = (await built(2013)).digest;
    await given('Unrelated', {});
    expect((await built(2013)).digest).toBe(first);
    await published('2', '2013-04-20');
    expect((await built(2013)).digest).not.toBe(first);
  });

  it('once closed keeps its figures; what comes later stands beside them with its events', async () => {
    await published('1', '2013-04-20');
    const closing = await built(2013);
    await given('ReportClosed', { year: 2013, closedOn: '2014-03-20', by: '周平', report: closing });
    await published('2', '2013-06-01');
    const { figures, cases } = await views();
    const report = (await closedReport(figures, cases, 2013, today)) as AnnualReport;
    expect(report.closed).toEqual({ on: '2014-03-20', by: '周平', digest: closing.digest });
    expect(value(report, 'proactive.total')).toBe(1);
    expect(report.differences!.find(one => one.key === 'proactive.total')).toMatchObject({
      closed: 1,
      now: 2,
      events: [{ type: 'RecordPublished', caseId: '2' }],
    });
  });

  it('lists behind a closed figure the cases as they were known then', async () => {
    await published('1', '2013-04-20');
    await published('2', '2013-04-21');
    const closing = await built(2013);
    await withdrawn('1', '2013-04-20', '2013-10-01');
    await published('3', '2013-06-01');
    const { cases } = await views();
    const figure = closing.figures.find(one => one.key === 'proactive.total')!;
    const asked = { figure, period: closing.cut.period, asOf: closing.cut.asOf, limit: 50, column: null };
    const found = await casesOf(cases, { ...asked, knownAt: closing.evidence.position });
    expect([found.total, found.items.map(item => item.id), found.withdrawn]).toEqual([2, ['1', '2'], []]);
  });

  it('quotes its figures in the prose, and — where one is absent', async () => {
    await published('1', '2013-04-20');
    await given('SectionWritten', {
      year: 2013,
      section: 'disclosure.catalogue',
      text: '本年公开{{proactive.total}}，浏览{{channels.portal.visits}}。',
      invented: true,
    });
    const section = (await built(2013)).sections.find(one => one.key === 'disclosure.catalogue')!;
    expect(section.paragraphs).toEqual([
      [
        '本年公开',
        { figure: 'proactive.total', display: '1条' },
        '，浏览',
        { figure: 'channels.portal.visits', display: '—' },
        '。',
      ],
    ]);
    expect(section.invented).toBe(true);
  });

  const circumstances = { actor: { person: 'zhou', name: '周平', roles: ['reporter' as const] }, today, occurredOn: today };

  it('cannot be closed before its year is over, when empty, or twice; nor written after', async () => {
    const empty = await built(2013);
    expect(close(empty.cut, empty)({ year: 2013, ...circumstances }, reportRules.initial)).toMatchObject({
      name: 'report-empty',
    });
    await published('1', '2013-04-20');
    const whole = await built(2013);
    expect(
      close(whole.cut, whole)({ year: 2013, ...circumstances, occurredOn: '2013-12-31' }, reportRules.initial),
    ).toMatchObject({
      name: 'period-not-over',
    });
    const decided = close(whole.cut, whole)({ year: 2013, ...circumstances }, reportRules.initial);
    expect(decided).toMatchObject([{ type: 'ReportClosed', data: { closedOn: today, by: '周平' } }]);
    // What needs no figure is said also where there are none to be had just now.
    const away = refuse('unready', 'view-paused', { zh: '视图已暂停。', en: 'The view is paused.' });
    expect(close(whole.cut, away)({ year: 2013, ...circumstances }, reportRules.initial)).toBe(away);
    const state = (decided as Parameters<typeof reportRules.evolve>[1][]).reduce(reportRules.evolve, reportRules.initial);
    expect(close(whole.cut, whole)({ year: 2013, ...circumstances }, state)).toMatchObject({ name: 'report-closed' });
    expect(close(whole.cut, away)({ year: 2013, ...circumstances }, state)).toMatchObject({ name: 'report-closed' });
    expect(write({ year: 2013, section: 'problems', text: '问题', invented: false, ...circumstances }, state)).toMatchObject({
      name: 'report-closed',
    });
  });

  it('does not quote a figure that does not exist', () => {
    expect(
      write({ year: 2013, section: 'problems', text: '{{no.such}}', invented: false, ...circumstances }, reportRules.initial),
    ).toMatchObject({ name: 'figure-unknown' });
  });

  it.each([
    [70_000, '次', 'over', '7万余次'],
    [1000, '条', 'over', '1000余条'],
    [520, '条', undefined, '520条'],
    [12_345, '次', undefined, '12345次'],
  ] as const)('prints %d%s %s as %s', (number, unit, qualifier, printed) => {
    expect(display(number, unit, qualifier)).toBe(printed);
  });
});
