import { createHash } from 'node:crypto';
import { categories, type Category, contents, tiers } from '#contracts';
import { addressId, derivedId } from '#commands';

export interface GeneratedEvent {
  stream: string;
  revision: number;
  id: string;
  type: string;
  data: object;
  metadata: object;
}

/** What the generator itself counted, to be met by the report. By year, at the year's last day. */
export interface Tally {
  years: Record<
    string,
    { total: number; byCategory: Record<Category, number>; placements: number; received: number; answeredInTime: number }
  >;
  cases: { record: number; placement: number; post: number; request: number };
}

const firstDay = Date.UTC(2013, 0, 1);
const dayMs = 86_400_000;
const span = 3652;
const eventsPerRecord = 8.6;

const people = [
  { person: 'chen-jing', name: '陈静（救灾处信息专人）' },
  { person: 'liu-yang', name: '刘洋（社会救助处信息专人）' },
  { person: 'zhao-min', name: '赵敏（保密审查员）' },
  { person: 'wang-lei', name: '王磊（领导小组办公室）' },
  { person: 'sun-hui', name: '孙慧（依申请公开经办）' },
] as const;
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
const prose =
  '芦山强烈地震发生后，省民政厅迅速启动应急响应，紧急调拨帐篷、棉被、折叠床等救灾物资运往灾区，会同财政部门下拨受灾群众生活救助资金，指导各地做好转移安置、款物发放和信息公开工作。各级民政部门要按照规定公示救助对象、救助标准和资金使用情况，主动接受社会监督，确保每一笔款物公开透明、及时足额发放到位。';

/**
 * Ten years of an invented office, day by day, always the same for one seed: records through their six steps, some revised or
 * withdrawn later, placements, posts, requests. Deliveries and index numbers, which no report counts, are left out: they would
 * only flatter a rebuild that does not read them.
 */
export class Office {
  readonly tally: Tally = { years: {}, cases: { record: 0, placement: 0, post: 0, request: 0 } };
  private readonly agenda = new Map<number, (() => GeneratedEvent)[]>();
  private readonly revisions = new Map<string, number>();
  private state: number;
  private day = 0;

  constructor(
    private readonly count: number,
    seed = 20130420,
  ) {
    this.state = seed;
  }

  *events(): Generator<GeneratedEvent> {
    let made = 0;
    this.setUp();
    for (; ; this.day += 1) {
      this.beginDay();
      const due = this.agenda.get(this.day) ?? [];
      // What a step brings about on the same day is added while the list is walked.
      for (const step of due) {
        yield step();
        made += 1;
        if (made === this.count) return;
      }
      this.agenda.delete(this.day);
    }
  }

  private beginDay(): void {
    const rate = (this.count / span / eventsPerRecord) * 1.02;
    for (const [each, begin] of [
      [1, () => this.record()],
      [0.9, () => this.placement()],
      [1, () => this.post()],
      [0.05, () => this.request()],
    ] as const) {
      for (let due = Math.floor(rate * each + this.random()); due > 0; due -= 1) begin();
    }
  }

  private setUp(): void {
    const today = (stream: string, type: string, data: object) => this.plan(0, () => this.event(stream, type, data));
    for (const unit of units)
      today(`catalogue.unit-${unit}`, 'UnitRegistered', { unitId: unit, name: `${unit}（示例）`, kind: 'internal' });
    const channels = [
      ['portal', 'portal', '2009'],
      ['provincial-portal', 'provincial-portal', '2012'],
      ['microblog', 'microblog', '2013-01'],
    ] as const;
    for (const [id, kind, openedOn] of channels) {
      today(`channels.channel-${id}`, 'ChannelOpened', {
        channelId: id,
        name: id,
        kind,
        openedOn,
        columns: [],
        confirmation: 'manual',
      });
      today(`channels.channel-${id}`, 'ChannelRouted', { channelId: id, kind, categories: [...categories], from: '2013-01-01' });
    }
    for (const outlet of outlets) {
      today(`channels.outlet-${outlet}`, 'OutletRegistered', {
        outletId: outlet,
        name: outlet,
        tier: tierOf(outlet),
        from: '2013-01-01',
      });
    }
    const practice = { letter: 'arrival', forwarded: 'arrival', fax: 'arrival', online: 'arrival', basis: '本机关公开指南' };
    today('requests.practice-2013-01-01', 'ReceiptPracticeSet', { from: '2013-01-01', ...practice });
  }

  private record(): void {
    const recordId = this.newId();
    const stream = `catalogue.record-${recordId}`;
    const fields = {
      unit: this.pick(units),
      title: this.text(12, 40),
      category: this.pick(categories),
      topic: this.pick(topics),
      content: this.pick(contents),
      ...(this.random() < 0.4 ? { documentNumber: `川民发〔${this.today.slice(0, 4)}〕${this.whole(1, 300)}号` } : {}),
      formedOn: this.today,
    };
    const indexNumber = `000000000/${this.today.slice(0, 4)}-${recordId.slice(0, 5)}`;
    let published: { firstPublishedOn: string; category: Category; withdrawn: boolean } | null = null;
    const collected = { recordId, by: 'chen-jing', ...fields, body: this.text(200, 600) };
    this.plan(0, () => this.event(stream, 'RecordCollected', collected));
    const publishing = (begun: number): number => {
      const steps = ['RecordFirstReviewed', 'RecordSubmitted', 'RecordSecrecyCleared', 'RecordApproved'];
      let after = begun;
      for (const type of steps) {
        after += this.whole(0, 1);
        this.plan(after, () =>
          this.event(stream, type, { recordId, ...(type === 'RecordSecrecyCleared' ? { finding: 'not-secret' } : {}) }),
        );
      }
      this.plan(after, () => {
        const { today } = this;
        const first = published === null;
        const previousCategory = published?.category ?? fields.category;
        published = { firstPublishedOn: published?.firstPublishedOn ?? today, category: fields.category, withdrawn: false };
        if (first) {
          this.year(today).total += 1;
          this.year(today).byCategory[fields.category] += 1;
          this.tally.cases.record += 1;
        } else if (published.firstPublishedOn.slice(0, 4) === today.slice(0, 4)) {
          this.year(today).byCategory[previousCategory] -= 1;
          this.year(today).byCategory[fields.category] += 1;
        }
        const dates = { firstPublishedOn: published.firstPublishedOn, publishedOn: today };
        return this.event(stream, 'RecordPublished', { recordId, indexNumber, first, ...fields, previousCategory, ...dates });
      });
      return after;
    };
    let last = publishing(0);
    if (this.random() < 0.08) {
      last += this.whole(1, 200);
      this.plan(last, () => {
        if (this.random() < 0.3) fields.category = this.pick(categories);
        fields.title = this.text(12, 40);
        const changes = { title: fields.title, category: fields.category };
        return this.event(stream, 'RecordRevised', { recordId, changes, why: '更正标题和类别', by: 'chen-jing' });
      });
      last = publishing(last);
    }
    if (this.random() < 0.02) {
      this.plan(last + this.whole(1, 300), () => {
        const { firstPublishedOn, category } = published!;
        if (firstPublishedOn.slice(0, 4) === this.today.slice(0, 4)) {
          this.year(this.today).total -= 1;
          this.year(this.today).byCategory[category] -= 1;
        }
        return this.event(stream, 'RecordWithdrawn', {
          recordId,
          category,
          firstPublishedOn,
          withdrawnOn: this.today,
          why: '内容有误，撤回更正',
        });
      });
    }
  }

  private placement(): void {
    const placementId = this.newId();
    const stream = `channels.placement-${placementId}`;
    const outlet = this.pick(outlets);
    const placedOn = this.today;
    const tier = tierOf(outlet);
    this.plan(0, () => {
      this.year(placedOn).placements += 1;
      this.tally.cases.placement += 1;
      return this.event(stream, 'PlacementRegistered', {
        placementId,
        outlet,
        outletName: outlet,
        tier,
        title: this.text(12, 40),
        placedOn,
      });
    });
    if (this.random() >= 0.01) return;
    this.plan(this.whole(1, 60), () => {
      if (placedOn.slice(0, 4) === this.today.slice(0, 4)) this.year(placedOn).placements -= 1;
      return this.event(stream, 'PlacementWithdrawn', { placementId, tier, placedOn, withdrawnOn: this.today, why: '重复登记' });
    });
  }

  private post(): void {
    const postId = this.newId();
    const stream = `channels.post-${postId}`;
    const postedOn = this.today;
    this.plan(0, () => {
      this.tally.cases.post += 1;
      return this.event(stream, 'PostRegistered', { postId, channel: 'microblog', text: this.text(40, 140), postedOn });
    });
    if (this.random() >= 0.01) return;
    const withdrawn = { postId, channel: 'microblog', postedOn, why: '误登' };
    this.plan(this.whole(1, 30), () => this.event(stream, 'PostWithdrawn', { ...withdrawn, withdrawnOn: this.today }));
  }

  private request(): void {
    const requestId = this.newId();
    const stream = `requests.request-${requestId}`;
    const path = this.random() < 0.8 ? 'direct' : 'forwarded';
    const form = this.pick(['letter', 'online', 'counter'] as const);
    const subject = this.text(10, 30);
    const receivedOn = this.today;
    const dueOn = this.dateIn(21);
    const about = { requestId, path, form, subject };
    this.plan(0, () =>
      this.event(stream, 'RequestRegistered', {
        ...about,
        applicantType: 'natural-person',
        arrivedOn: receivedOn,
        signedFor: false,
      }),
    );
    this.plan(0, () => {
      this.year(receivedOn).received += 1;
      this.tally.cases.request += 1;
      return this.event(stream, 'ReceiptConfirmed', { ...about, receivedOn, dueOn, workingDays: 15, receiptRule: 'arrival' });
    });
    const answered = this.whole(3, 23);
    this.plan(answered, () => {
      const { today } = this;
      if (today <= dueOn) this.year(today).answeredInTime += 1;
      return this.event(stream, 'RequestAnswered', { ...about, outcome: 'granted', receivedOn, dueOn, answeredOn: today });
    });
    this.plan(answered + 1, () => this.event(stream, 'RequestClosed', { requestId }));
  }

  /** Metadata as `handle` in libs/commands writes it. */
  private event(stream: string, type: string, data: object): GeneratedEvent {
    const now = firstDay + this.day * dayMs + this.whole(28_800_000, 64_800_000);
    const commandId = this.uuid(now);
    const command = `${stream.slice(0, stream.indexOf('-'))}.${type.toLowerCase()}`;
    const revision = (this.revisions.get(stream) ?? -1) + 1;
    this.revisions.set(stream, revision);
    return {
      stream,
      revision,
      id: derivedId(commandId, 0),
      type,
      data,
      metadata: {
        commandId,
        command,
        commandDigest: createHash('sha256').update(commandId).digest('hex'),
        correlationId: this.uuid(now),
        ...this.pick(people),
        occurredOn: this.today,
        recordedAt: new Date(now).toISOString(),
        ...(this.random() < 0.05 ? { backdated: { source: '纸质登记簿第三册', reason: '系统启用前的办理事项补录' } } : {}),
      },
    };
  }

  private plan(inDays: number, step: () => GeneratedEvent): void {
    const on = this.day + inDays;
    const steps = this.agenda.get(on);
    if (steps) steps.push(step);
    else this.agenda.set(on, [step]);
  }

  private year(on: string) {
    const none = () => ({
      total: 0,
      byCategory: Object.fromEntries(categories.map(category => [category, 0])) as Record<Category, number>,
      placements: 0,
      received: 0,
      answeredInTime: 0,
    });
    return (this.tally.years[on.slice(0, 4)] ??= none());
  }

  private get today(): string {
    return this.dateIn(0);
  }

  private dateIn(days: number): string {
    return new Date(firstDay + (this.day + days) * dayMs).toISOString().slice(0, 10);
  }

  private newId(): string {
    return addressId(this.uuid(firstDay + this.day * dayMs));
  }

  /** UUIDv7 as `newCommandId` makes it, of this generator's own chance. */
  private uuid(at: number): string {
    const time = at.toString(16).padStart(12, '0');
    const chance = [0, 1, 2]
      .map(() =>
        Math.floor(this.random() * 0x1_0000_0000)
          .toString(16)
          .padStart(8, '0'),
      )
      .join('');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${chance.slice(0, 3)}-8${chance.slice(3, 6)}-${chance.slice(6, 18)}`;
  }

  private text(least: number, most: number): string {
    const length = this.whole(least, most);
    let from = this.whole(0, prose.length - 1);
    let text = '';
    while (text.length < length) {
      text += prose.slice(from, from + length - text.length);
      from = 0;
    }
    return text;
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)]!;
  }

  private whole(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  /** Mulberry32. */
  private random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }
}

function tierOf(outlet: string): string {
  return tiers[outlets.indexOf(outlet) % tiers.length]!;
}
