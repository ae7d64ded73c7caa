import { categories, type Category, contents, tiers } from '#contracts';
import type { Work } from '../store/caseload.js';
import { Desk } from './desk.js';

/** What the generator itself counted, to be met by the report. By year, at the year's last day. */
export interface Counted {
  years: Record<string, YearCounted>;
  cases: { record: number; placement: number; post: number; request: number };
}
interface YearCounted {
  total: number;
  byCategory: Record<Category, number>;
  placements: number;
  received: number;
  answeredInTime: number;
}

const days = 3652;
/** A record's own events and what else goes on meanwhile: a tenth as many records as events. */
const eventsPerRecord = 10;
const revised = 0.3;
const withdrawn = 0.02;

const units = [
  'jiuzai',
  'shehui-jiuzhu',
  'shuangyong',
  'jijin',
  'quhua',
  'bangongshi',
  'chengdu',
  'mianyang',
  'yaan',
  'liangshan',
];
const outlets = ['renmin-ribao', 'xinhua', 'sichuan-ribao', 'sichuan-tv', 'huaxi-dushi', 'zhongguo-shehui-bao'];
const topics = ['民政', '救灾/减灾救灾', '扶贫', '社会救助', '优抚安置', '社会组织'];

/**
 * Ten years of an invented office, day by day, always the same for one seed: records through their six steps, some revised or
 * withdrawn later, placements, posts, requests. Deliveries and index numbers, which no view measured here reads, are left out: they
 * would only flatter a rebuild that does not read them.
 */
export class Office {
  readonly counted: Counted = { years: {}, cases: { record: 0, placement: 0, post: 0, request: 0 } };
  private readonly desk: Desk;

  constructor(
    private readonly count: number,
    seed = 20130420,
  ) {
    this.desk = new Desk(seed);
  }

  *events(): Generator<Work> {
    let made = 0;
    this.setUp();
    for (const work of this.desk.days(() => this.beginDay())) {
      yield work;
      if (++made === this.count) return;
    }
  }

  private beginDay(): void {
    const rate = (this.count / days / eventsPerRecord) * 1.02;
    for (const [each, begin] of [
      [1, () => this.record()],
      [0.9, () => this.placement()],
      [1, () => this.post()],
      [0.05, () => this.request()],
    ] as const) {
      for (let due = Math.floor(rate * each + this.desk.part()); due > 0; due -= 1) begin();
    }
  }

  private setUp(): void {
    const { desk } = this;
    const today = (stream: string, type: string, data: Record<string, unknown>) =>
      desk.plan(0, () => desk.event(stream, type, data));
    for (const unit of units)
      today(`catalogue.unit-${unit}`, 'UnitRegistered', { unitId: unit, name: `${unit}（示例）`, kind: 'internal' });
    for (const [id, openedOn] of [
      ['portal', '2009'],
      ['provincial-portal', '2012'],
      ['microblog', '2013-01'],
    ] as const) {
      const channel = { channelId: id, name: id, kind: id, openedOn, columns: [], confirmation: 'manual' };
      today(`channels.channel-${id}`, 'ChannelOpened', channel);
      const routing = { channelId: id, kind: id, categories: [...categories], from: '2013-01-01' };
      today(`channels.channel-${id}`, 'ChannelRouted', routing);
    }
    for (const outlet of outlets) {
      const registered = { outletId: outlet, name: outlet, tier: tierOf(outlet), from: '2013-01-01' };
      today(`channels.outlet-${outlet}`, 'OutletRegistered', registered);
    }
    const practice = { letter: 'arrival', forwarded: 'arrival', fax: 'arrival', online: 'arrival', basis: '本机关公开指南' };
    today('requests.practice-2013-01-01', 'ReceiptPracticeSet', { from: '2013-01-01', ...practice });
  }

  private record(): void {
    const { desk } = this;
    const recordId = desk.newId();
    const stream = `catalogue.record-${recordId}`;
    const fields = {
      unit: desk.pick(units),
      title: desk.text(12, 40),
      category: desk.pick(categories),
      topic: desk.pick(topics),
      content: desk.pick(contents),
      ...(desk.part() < 0.4 ? { documentNumber: `川民发〔${desk.today.slice(0, 4)}〕${desk.whole(1, 300)}号` } : {}),
      formedOn: desk.today,
    };
    const indexNumber = `000000000/${desk.today.slice(0, 4)}-${recordId.slice(0, 5)}`;
    let published: { firstPublishedOn: string; category: Category } | null = null;
    const collected = { recordId, by: 'chen-jing', ...fields, body: desk.text(200, 600) };
    desk.plan(0, () => desk.event(stream, 'RecordCollected', collected));

    const publish = (): Work => {
      const { today } = desk;
      const { category, content } = fields;
      const previousCategory = published?.category ?? category;
      const first = published === null;
      const firstPublishedOn = published?.firstPublishedOn ?? today;
      if (first) {
        this.year(today).total += 1;
        this.year(today).byCategory[category] += 1;
        this.counted.cases.record += 1;
      } else if (firstPublishedOn.slice(0, 4) === today.slice(0, 4)) {
        this.year(today).byCategory[previousCategory] -= 1;
        this.year(today).byCategory[category] += 1;
      }
      published = { firstPublishedOn, category };
      const before = { previousCategory, previousContent: content };
      const dates = { firstPublishedOn, publishedOn: today };
      return desk.event(stream, 'RecordPublished', { recordId, indexNumber, first, ...fields, ...before, ...dates });
    };
    const publishing = (begun: number): number => {
      let after = begun;
      for (const type of ['RecordFirstReviewed', 'RecordSubmitted', 'RecordSecrecyCleared', 'RecordApproved']) {
        after += desk.whole(0, 1);
        const finding = type === 'RecordSecrecyCleared' ? { finding: 'not-secret' } : {};
        desk.plan(after, () => desk.event(stream, type, { recordId, ...finding }));
      }
      desk.plan(after, publish);
      return after;
    };

    let last = publishing(0);
    if (desk.part() < revised) {
      last += desk.whole(1, 200);
      desk.plan(last, () => {
        if (desk.part() < 0.3) fields.category = desk.pick(categories);
        fields.title = desk.text(12, 40);
        const changes = { title: fields.title, category: fields.category };
        return desk.event(stream, 'RecordRevised', { recordId, changes, why: '更正标题和类别', by: 'chen-jing' });
      });
      last = publishing(last);
    }
    if (desk.part() >= withdrawn) return;
    desk.plan(last + desk.whole(1, 300), () => {
      const { firstPublishedOn, category } = published!;
      const { today: withdrawnOn } = desk;
      if (firstPublishedOn.slice(0, 4) === withdrawnOn.slice(0, 4)) {
        this.year(withdrawnOn).total -= 1;
        this.year(withdrawnOn).byCategory[category] -= 1;
      }
      const { content } = fields;
      const why = '内容有误，撤回更正';
      return desk.event(stream, 'RecordWithdrawn', { recordId, category, content, firstPublishedOn, withdrawnOn, why });
    });
  }

  private placement(): void {
    const { desk } = this;
    const placementId = desk.newId();
    const stream = `channels.placement-${placementId}`;
    const outlet = desk.pick(outlets);
    const tier = tierOf(outlet);
    const placedOn = desk.today;
    desk.plan(0, () => {
      this.year(placedOn).placements += 1;
      this.counted.cases.placement += 1;
      const title = desk.text(12, 40);
      return desk.event(stream, 'PlacementRegistered', { placementId, outlet, outletName: outlet, tier, title, placedOn });
    });
    if (desk.part() >= 0.01) return;
    desk.plan(desk.whole(1, 60), () => {
      const { today: withdrawnOn } = desk;
      if (placedOn.slice(0, 4) === withdrawnOn.slice(0, 4)) this.year(placedOn).placements -= 1;
      return desk.event(stream, 'PlacementWithdrawn', { placementId, tier, placedOn, withdrawnOn, why: '重复登记' });
    });
  }

  private post(): void {
    const { desk } = this;
    const postId = desk.newId();
    const stream = `channels.post-${postId}`;
    const about = { postId, channel: 'microblog', postedOn: desk.today };
    desk.plan(0, () => {
      this.counted.cases.post += 1;
      return desk.event(stream, 'PostRegistered', { ...about, text: desk.text(40, 140) });
    });
    if (desk.part() >= 0.01) return;
    desk.plan(desk.whole(1, 30), () => desk.event(stream, 'PostWithdrawn', { ...about, why: '误登', withdrawnOn: desk.today }));
  }

  private request(): void {
    const { desk } = this;
    const requestId = desk.newId();
    const stream = `requests.request-${requestId}`;
    const path = desk.part() < 0.8 ? 'direct' : 'forwarded';
    const about = { requestId, path, form: desk.pick(['letter', 'online', 'counter']), subject: desk.text(10, 30) };
    const receivedOn = desk.today;
    const dueOn = desk.dateIn(21);
    desk.plan(0, () => {
      const arrived = { applicantType: 'natural-person', arrivedOn: receivedOn, signedFor: false };
      return desk.event(stream, 'RequestRegistered', { ...about, ...arrived });
    });
    desk.plan(0, () => {
      this.year(receivedOn).received += 1;
      this.counted.cases.request += 1;
      const receipt = { receivedOn, dueOn, workingDays: 15, receiptRule: 'arrival' };
      return desk.event(stream, 'ReceiptConfirmed', { ...about, ...receipt });
    });
    const answered = desk.whole(3, 23);
    desk.plan(answered, () => {
      const { today } = desk;
      if (today <= dueOn) this.year(today).answeredInTime += 1;
      return desk.event(stream, 'RequestAnswered', { ...about, outcome: 'granted', receivedOn, dueOn, answeredOn: today });
    });
    desk.plan(answered + 1, () => desk.event(stream, 'RequestClosed', { requestId }));
  }

  private year(on: string): YearCounted {
    return (this.counted.years[on.slice(0, 4)] ??= {
      total: 0,
      byCategory: Object.fromEntries(categories.map(category => [category, 0])) as Record<Category, number>,
      placements: 0,
      received: 0,
      answeredInTime: 0,
    });
  }
}

function tierOf(outlet: string): string {
  return tiers[outlets.indexOf(outlet) % tiers.length]!;
}
