import type { Figure, Part, ReportSection } from '#contracts';
import type { Entry } from '../entry/entry.events.js';
import type { Fact } from '../views/annual-report.js';

interface SectionTemplate {
  key: string;
  number: string;
  level: 1 | 2 | 3;
  title: string;
  figures?: string[];
}

/** The sections of the seed, in its order. */
const order: readonly SectionTemplate[] = [
  { key: 'introduction', number: '', level: 1, title: '概述' },
  { key: 'work', number: '一、', level: 1, title: '政府信息公开工作开展情况' },
  { key: 'work.institutions', number: '（一）', level: 2, title: '相关制度建设' },
  { key: 'work.collection', number: '（二）', level: 2, title: '认真采集拟公开信息' },
  { key: 'work.training', number: '（三）', level: 2, title: '加强机构人员培训' },
  { key: 'work.platform', number: '（四）', level: 2, title: '加强政府信息公开平台建设' },
  { key: 'disclosure', number: '二、', level: 1, title: '主动公开政府信息情况' },
  {
    key: 'disclosure.catalogue',
    number: '1．',
    level: 3,
    title: '政务信息公开',
    figures: [
      'proactive.cumulative',
      'proactive.total',
      ...['overview', 'plans', 'regulations', 'news', 'finance'].map(name => `proactive.byCategory.${name}`),
    ],
  },
  { key: 'disclosure.portal', number: '2．', level: 3, title: '省民政厅公众网', figures: ['channels.portal.visits'] },
  {
    key: 'disclosure.media',
    number: '3．',
    level: 3,
    title: '新闻媒体及载体',
    figures: [
      'channels.media.coverage',
      'channels.media.placements',
      ...['central', 'provincial', 'trade'].map(name => `channels.media.byTier.${name}`),
    ],
  },
  { key: 'disclosure.microblog', number: '4．', level: 3, title: '政务微博', figures: ['channels.microblog.items'] },
  {
    key: 'requests',
    number: '三、',
    level: 1,
    title: '政府信息依申请公开情况',
    figures: ['requests.received', 'requests.byOrigin.letter', 'requests.byOrigin.forwarded', 'requests.answeredInTime'],
  },
  { key: 'problems', number: '四、', level: 1, title: '存在的主要问题' },
  { key: 'measures', number: '五、', level: 1, title: '拟采取的整改措施' },
];

export interface Told {
  asOf: string;
  wholeYear: boolean;
  figures: readonly Figure[];
  entries: readonly Entry[];
  written: readonly Extract<Fact, { kind: 'section' }>[];
  channels: readonly Extract<Fact, { kind: 'channel' }>[];
  contents: readonly string[];
}

/** Sections that have something to say at the cut, with the headings above them. */
export function sectionsOf(told: Told): ReportSection[] {
  const all = order.map(({ figures = [], ...heading }) => {
    // Prose tells of the whole year, like an attested figure: it is not there before the year is over.
    const written = told.wholeYear ? told.written.find(one => one.section === heading.key) : undefined;
    return {
      ...heading,
      paragraphs: written
        ? written.text
            .split(/\n\s*\n|\n/)
            .filter(line => line.trim() !== '')
            .map(line => parts(line, told.figures))
        : [],
      items: itemsOf(heading.key, told),
      figures: figures.filter(key => told.figures.some(figure => figure.key === key)),
      invented: written?.invented ?? false,
    };
  });
  const speaks = (section: ReportSection) => section.paragraphs.length + section.items.length + section.figures.length > 0;
  return all.filter(section => speaks(section) || all.some(other => other.key.startsWith(`${section.key}.`) && speaks(other)));
}

function parts(line: string, figures: readonly Figure[]): Part[] {
  return line
    .split(/(\{\{[^}]*\}\})/)
    .filter(Boolean)
    .map(piece => {
      const key = /^\{\{\s*(.*?)\s*\}\}$/.exec(piece)?.[1];
      if (key === undefined) return piece;
      return { figure: key, display: figures.find(figure => figure.key === key)?.display ?? '—' };
    });
}

const contentLabels: Record<string, string> = {
  earthquake: '“4·20”芦山特大地震抗震救灾和灾后恢复重建信息',
  major: '与公众密切相关的重大事项',
  activities: '政务活动情况',
  policy: '政策调整和公开情况',
};
const trainingLabels = { business: '业务培训', awareness: '宣传普及', secrecy: '保密教育' };

type Item = ReportSection['items'][number];

function itemsOf(section: string, told: Told): Item[] {
  const of = <K extends Entry['kind']>(kind: K) =>
    told.entries.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
  switch (section) {
    case 'work.institutions':
      return of('institution')
        .filter(({ on }) => on === undefined || on.padEnd(10, '-01') <= told.asOf)
        .map(({ what, status, on, says }) => ({
          kind: 'institution',
          text: what,
          note: [status === 'issued' ? '印发' : '已有', says].filter(Boolean).join('；'),
          ...(on === undefined ? {} : { on }),
        }));
    case 'work.training':
      return of('training')
        .filter(({ on }) => on <= told.asOf)
        .map(({ training, form, subject, audience, headcount, on }) => ({
          kind: 'training',
          text: `${trainingLabels[training]}（${form}）：${subject}`,
          note: `对象：${audience}${headcount === undefined ? '' : `，${headcount}人`}`,
          on,
        }));
    case 'work.platform':
      return of('campaign').map(({ name }) => ({ kind: 'campaign', text: name }));
    case 'disclosure':
      return Object.keys(contentLabels)
        .filter(content => told.contents.includes(content))
        .map(content => ({ kind: 'content', text: contentLabels[content]! }));
    case 'disclosure.portal':
      return told.channels
        .filter(({ channel }) => channel.kind === 'portal')
        .flatMap(({ channel }) =>
          channel.columns.map(({ name, kind, interactive }) => ({ kind, text: name, ...(interactive ? { note: '互动' } : {}) })),
        );
    case 'problems':
      return told.wholeYear ? of('problem').map(({ text }) => ({ kind: 'problem', text })) : [];
    case 'measures':
      return told.wholeYear ? of('measure').map(({ text }) => ({ kind: 'measure', text })) : [];
    default:
      return [];
  }
}
