import { describe, expect, it } from '@jest/globals';
import { type Cases, refuse } from '#contracts';
import { openPage } from './index.js';
import { attested, derived, house, open, record, report, site, textOf } from './samples.js';

describe('The public pages', () => {
  it('print a hostile title as text and follow no hostile link', async () => {
    const hostile = {
      ...record,
      title: '<script>alert(1)</script>"\'',
      body: '<img src=x onerror=alert(1)>',
      attachment: { name: '<b>附件</b>', href: 'javascript:alert(1)' },
    };
    for (const lang of ['', '?lang=zh-Hant']) {
      const list = await open(`/${lang}`, { 'catalogue.public-record.list': { total: 1, items: [hostile], next: null } });
      const one = await open(`/records/r1${lang}`, { 'catalogue.public-record.get': hostile });
      for (const { body } of [list, one]) {
        expect(body).not.toMatch(/<script|<img|<b>附|javascript:/);
        expect(body).toContain('&lt;script>alert(1)&lt;/script>');
      }
    }
  });

  it('carry no script and no style of their own, as the content policy asks', async () => {
    const { body } = await open('/reports/2013', { 'statistics.report.get': report });
    expect(body).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=/);
  });

  it('say on every page that an example is an example', async () => {
    for (const address of ['/', '/reports', '/reports/2013', '/channels', '/records/none/such']) {
      const { body } = await open(address, { 'statistics.report.get': report }, { ...site, example: true });
      expect(body).toContain('虚构的示例年度');
      expect(body).not.toContain('正在载入');
      const early = await open(address, { 'statistics.report.get': report }, { ...site, example: true, loading: true });
      expect(early.body).toContain('正在载入，数字尚不完整');
    }
  });

  it('change to traditional characters, say so, keep them on links and keep addresses in ASCII', async () => {
    const answers = { 'catalogue.public-record.list': { total: 30, items: [record], next: 'c2' } };
    const { body } = await open('/?q=救灾&lang=zh-Hant', answers);
    expect(body).toContain('<html lang="zh-Hant">');
    expect(body).toContain('關於做好救災工作的通知');
    expect(body).toContain('/records/r1?lang=zh-Hant');
    const hrefs = [...body.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!);
    expect(hrefs.filter(href => /[^\x21-\x7e]/.test(href))).toEqual([]);
    expect(hrefs).toContain('/?q=%E6%95%91%E7%81%BE&amp;after=c2&amp;lang=zh-Hant');
    expect((await open('/', answers)).body).toContain('<html lang="zh-CN">');
  });

  it('are null for what programs ask and 404 for what is no page', async () => {
    const { ask } = house({});
    for (const path of ['/api', '/api/docs', '/health/live', '/metrics/x', '//records/r1', '//elsewhere'])
      expect(await openPage(path, new URLSearchParams(), ask, site)).toBeNull();
    for (const path of [
      '/none',
      '/records/r1/x',
      '/records',
      '/reports/20x3',
      '/reports/2013/figures',
      '/assets/none.js',
      '/channels/x',
    ])
      expect((await open(path)).status).toBe(404);
    expect((await open('/assets/site.css')).contentType).toContain('text/css');
  });
});

describe('A published record', () => {
  it('shows its metadata and its paragraphs', async () => {
    const { status, body } = await open('/records/r1', { 'catalogue.public-record.get': record });
    expect(status).toBe(200);
    for (const shown of [
      'A-2013-0001',
      '示范厅',
      '救灾处',
      '示民发〔2013〕1号',
      '2013年4月1日',
      '2013年4月20日',
      '有效',
      '法规公文信息',
      '<p>第一段。</p><p>第二段。</p>',
    ])
      expect(body).toContain(shown);
  });

  it('once withdrawn says when and why, and nothing of its content', async () => {
    const gone = refuse(
      'gone',
      'record-withdrawn',
      { zh: '', en: '' },
      { detail: { withdrawnOn: '2013-06-01', why: '内容有误', indexNumber: record.indexNumber } },
    );
    for (const answer of [gone, { ...record, validity: 'withdrawn', withdrawn: { on: '2013-06-01', why: '内容有误' } }]) {
      const { status, body } = await open('/records/r1', { 'catalogue.public-record.get': answer });
      expect(status).toBe(410);
      expect(body).toContain('2013年6月1日');
      expect(body).toContain('内容有误');
      expect(body).not.toMatch(/救灾|第一段/);
    }
  });

  it('that does not exist is not found', async () => {
    expect(
      (
        await open('/records/none', {
          'catalogue.public-record.get': refuse('missing', 'record-unknown', { zh: '没有', en: 'none' }),
        })
      ).status,
    ).toBe(404);
  });
});

describe('The list of published records', () => {
  it('asks for what the reader searched, by page', async () => {
    const { heard } = await open('/?q=%20救灾%20&category=news&after=c2');
    expect(heard[0]).toEqual({
      subject: 'catalogue.public-record.list',
      input: { q: '救灾', category: 'news', after: 'c2', limit: 20 },
    });
  });

  it('says so when nothing is published yet, and when nothing was found', async () => {
    expect((await open('/')).body).toContain('目前还没有公开的信息');
    expect((await open('/?q=无')).body).toContain('没有找到符合条件的公开信息');
  });
});

describe('The annual report', () => {
  it('prints 余 as it is displayed and never the count behind it', async () => {
    const { body } = await open('/reports/2013', { 'statistics.report.get': report });
    expect(textOf(body)).toContain('450余篇');
    expect(textOf(body)).not.toContain('458');
  });

  it('tells derived figures from attested ones', async () => {
    const { body } = await open('/reports/2013?asOf=2013-12-31', { 'statistics.report.get': report });
    expect(body).toContain(
      '<a class="figure-derived" href="/reports/2013/figures/channels.media.placements/cases?asOf=2013-12-31">450余篇</a>',
    );
    expect(body).toContain('<a class="figure-attested" href="#figure-channels.portal.visits">7万余次<sup>陈述</sup></a>');
    expect(body).toMatch(
      /<tr id="figure-channels.portal.visits" class="attested">.*单位陈述.*来源：网站后台.*信息中心，2014年1月10日/,
    );
    expect(body).not.toContain('/figures/channels.portal.visits/cases');
  });

  it('prints assumption, computation and definition, and marks example prose', async () => {
    const text = textOf((await open('/reports/2013', { 'statistics.report.get': report })).body);
    for (const shown of [
      '推定 此数的一种理解。',
      '计算 按原报告所印。',
      '逐篇统计后舍去个位。',
      '新闻媒体 示例文字',
      '2013年3月7日',
    ])
      expect(text).toContain(shown);
  });

  it('shows — for a figure that is not to be had, and why', async () => {
    const text = textOf((await open('/reports/2013', { 'statistics.report.get': report })).body);
    expect(text).toContain('收到依申请公开 — 尚未受理申请');
    expect(text).toContain('申请 — 。');
    expect(text).not.toMatch(/\b0 ?[件条篇次]/);
  });

  it('prints no number that is not in the report', async () => {
    const { body } = await open('/reports/2013', { 'statistics.report.get': report });
    const main = body.slice(body.indexOf('<main'), body.indexOf('</main>'));
    const numbers = textOf(main).match(/\d+(\.\d+)?/g)!;
    const known = new Set([
      ...(JSON.stringify(report).match(/\d+/g) ?? []).map(Number),
      ...Array.from({ length: 12 }, (_, month) => month + 1),
    ]);
    expect(numbers.filter(number => !known.has(Number(number)))).toEqual([]);
  });

  it('once closed says by whom, and what has come to differ', async () => {
    const closed = { on: '2014-01-20', by: '张三', digest: 'abc123' };
    const event = {
      id: 'e1',
      type: 'PlacementWithdrawn',
      caseId: 'p1',
      occurredOn: '2014-02-01',
      recordedAt: '2014-02-01T00:00:00Z',
      position: 10,
    };
    const differences = [{ key: derived.key, closed: 458, now: null, events: [event] }];
    const text = textOf((await open('/reports/2013', { 'statistics.report.get': { ...report, closed, differences } })).body);
    expect(text).toContain('已定稿（2014年1月20日，张三）');
    expect(text).toContain('刊发新闻稿件 458 — 1');
  });

  it('refuses an unknown day with its sentence and the form again', async () => {
    const refusal = refuse('invalid', 'as-of-outside', { zh: '截止日 2012-01-01 须在期间之内。', en: 'outside' });
    const { status, body } = await open('/reports/2013?asOf=2012-01-01', { 'statistics.report.get': refusal });
    expect(status).toBe(422);
    expect(body).toContain('截止日 2012-01-01 须在期间之内。');
    expect(body).toContain('name="asOf"');
    expect(
      (
        await open('/reports/2099', {
          'statistics.report.get': refuse('missing', 'year-not-begun', { zh: '2099 年尚未开始。', en: '' }),
        })
      ).status,
    ).toBe(404);
  });
});

describe('The cases behind a figure', () => {
  const event = {
    id: 'e1',
    type: 'PlacementRegistered',
    occurredOn: '2013-04-21',
    recordedAt: '2013-04-21T08:00:00Z',
    position: 3,
  };
  const item = {
    id: 'p1',
    kind: 'placement' as const,
    title: '救灾报道',
    on: '2013-04-21',
    detail: { outlet: '新华社', tier: 'central' },
    events: [event],
  };
  const cases: Cases = {
    figure: derived,
    total: 458,
    items: [{ ...item, href: '/records/r1' }],
    next: 'c2',
    withdrawn: [{ ...item, id: 'p2', title: '误登稿件', withdrawnOn: '2013-05-01', why: '重复登记' }],
  };

  it('show the exact count, the items, what was withdrawn apart, and the next page', async () => {
    const { body } = await open('/reports/2013/figures/channels.media.placements/cases?asOf=2013-06-30', {
      'statistics.report.cases': cases,
    });
    expect(textOf(body)).toContain('明细共 458 篇');
    expect(body).toContain('<a href="/records/r1">救灾报道</a>');
    expect(textOf(body)).toMatch(/中央主流媒体.*已撤回或注销（不计入）.*误登稿件.*重复登记/);
    expect(body).toContain('?asOf=2013-06-30&amp;after=c2');
  });

  it('link to nowhere but this site and http addresses', async () => {
    for (const href of ['javascript:alert(1)', '//elsewhere', '/.//elsewhere', 'data:text/html,x']) {
      const { body } = await open('/reports/2013/figures/x/cases', {
        'statistics.report.cases': { ...cases, items: [{ ...item, href }] },
      });
      expect(body).not.toMatch(/elsewhere|javascript:|data:text/);
    }
  });

  it('of an attested figure are its statement', async () => {
    const { body } = await open('/reports/2013/figures/channels.portal.visits/cases', {
      'statistics.report.cases': {
        figure: attested,
        total: 0,
        items: [],
        next: null,
        withdrawn: [],
        statement: attested.statement,
      },
    });
    expect(textOf(body)).toContain('来源：网站后台');
    expect(textOf(body)).not.toContain('明细共');
  });
});

describe('The channels', () => {
  it('show opening, columns, topics, classes and commitments, and bear with less', async () => {
    const channels = [
      {
        id: 'portal',
        name: '公众网',
        kind: 'portal',
        openedOn: '2009',
        columns: [
          { name: '民政论坛', kind: 'column', interactive: true },
          { name: '网上信访', kind: 'topic', interactive: false },
        ],
        confirmation: 'automatic',
        routing: [{ categories: ['news'], from: '2013-01-01' }],
      },
      { id: 'other', name: '其他', kind: 'something-new' },
    ];
    const commitments = [{ id: 'c1', unit: 'jiuzai', text: '按时答复。', channels: ['portal'], from: '2013-03-11' }];
    const answers = {
      'channels.channel.list': { total: 2, items: channels, next: null },
      'channels.commitment.list': { total: 1, items: commitments, next: null },
      'catalogue.unit.list': { total: 1, items: [{ id: 'jiuzai', name: '救灾处' }], next: null },
    };
    const text = textOf((await open('/channels', answers)).body);
    for (const shown of [
      '2009年开通',
      '民政论坛 （互动）',
      '网上信访',
      '自2013年1月1日起发布 工作动态信息',
      'something-new',
      '按时答复。',
      '救灾处',
      '公布于公众网',
    ])
      expect(text).toContain(shown);
  });
});
