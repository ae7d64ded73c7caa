import { type BuiltReport, categories, contents as contentKinds, type Cut, type Figure, refuse, type Refusal } from '#contracts';
import { canonicalDigest } from '#commands';
import type { View } from '#projections';
import type { DayDoc, Fact } from '../views/annual-report.js';
import { sectionsOf } from './sections.js';
import { definitionVersion, display, type FigureTemplate, template, templateVersion } from './template.js';

const everything = 1_000_000;
const readingAttemptsMax = 20;

export interface Asked {
  year: number;
  asOf?: string | undefined;
  today: string;
}

/** The year's report as the events tell it at the cut; the same events give the same digest on any machine. */
export async function buildReport(view: View, asked: Asked): Promise<BuiltReport | Refusal> {
  for (let attempt = 1; ; attempt++) {
    const position = await view.position();
    const built = await readReport(view, asked);
    // What commits between the reads would mix two moments; a digest is for good.
    if (position === (await view.position()) || attempt === readingAttemptsMax) return built;
  }
}

async function readReport(view: View, asked: Asked): Promise<BuiltReport | Refusal> {
  const bounds = cutOf(asked);
  if ('refused' in bounds) return bounds;
  const cut: Cut = bounds;
  const { year } = asked;
  const { from, to } = cut.period;
  const { items: days } = await view.find<DayDoc>('days', {
    where: { id: { lte: cut.asOf > to ? cut.asOf : to } },
    limit: everything,
  });
  const facts = await view.find<Fact>('facts', { limit: everything });
  const ofKind = <K extends Fact['kind']>(kind: K) =>
    facts.items.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind);
  const sum = (what: string, of: (name: string) => boolean, since = from, until = to) =>
    total(days, { what, of, since, until, asOf: cut.asOf });

  const written = ofKind('section').filter(fact => fact.year === year);
  const invented = written.some(section => section.invented);
  const figures: Figure[] = [];
  const absent: BuiltReport['absent'] = [];
  const channels = ofKind('channel').filter(({ channel }) => opened(channel.openedOn) <= cut.asOf);
  const attestations = ofKind('attestation').filter(fact => fact.year === year);
  for (const figure of template) {
    const found = measure(figure);
    if (typeof found === 'string') absent.push({ key: figure.key, label: figure.label, why: found });
    else figures.push(found);
  }

  function measure(figure: FigureTemplate): Figure | string {
    const { roundedTo, assumption, ...plain } = figure;
    const printed = { ...plain, ...(assumption !== undefined && invented ? { assumption } : {}) };
    if (figure.kind === 'attested') {
      const statement = attestations.find(fact => fact.statement?.key === figure.key)?.statement;
      if (cut.asOf < to) return '全年数，年度结束后方有';
      if (!statement) return '尚无陈述';
      const { value, qualifier, source, saidBy, statedOn, scope } = statement;
      return {
        ...printed,
        value,
        ...(qualifier ? { qualifier } : {}),
        display: display(value, figure.unit, qualifier),
        statement: { source, saidBy, statedOn, ...(scope === undefined ? {} : { scope }) },
      };
    }
    const exact = exactOf(figure.key);
    if (typeof exact === 'string') return exact;
    const value = roundedTo ? exact - (exact % roundedTo) : exact;
    const more = exact > value;
    return {
      ...printed,
      value,
      ...(more ? { count: exact, qualifier: 'over' as const } : {}),
      display: display(value, figure.unit, more ? 'over' : undefined),
    };
  }

  function exactOf(key: string): number | string {
    const [area, kind, name = ''] = key.split('.') as [string, string, string?];
    if (area === 'proactive') {
      if (!days.some(day => day.id <= cut.asOf && Object.keys(day.counts).some(what => what.startsWith('records|'))))
        return '尚未发布信息';
      if (kind === 'total') return sum('records', () => true);
      if (kind === 'byCategory') return sum('records', category => category === name);
      const column = provincialColumn(channels, cut.asOf);
      if (!column) return '省政府门户网站专栏未开通';
      return sum('records', category => column.categories.includes(category), column.since, cut.asOf);
    }
    if (kind === 'media') {
      if (!ofKind('outlet').some(outlet => outlet.from <= cut.asOf)) return '尚未登记媒体';
      return sum('placements', tier => name === '' || key.endsWith('placements') || tier === key.split('.').at(-1));
    }
    if (kind === 'microblog') {
      const accounts = channels.filter(({ channel }) => channel.kind === 'microblog');
      if (accounts.length === 0) return '政务微博未开通';
      return sum('posts', channel => accounts.some(account => account.channel.channelId === channel), '0000', cut.asOf);
    }
    if (
      !ofKind('practice').some(practice => practice.from <= cut.asOf) &&
      !days.some(day => day.id <= cut.asOf && Object.keys(day.counts).some(what => what.startsWith('received|')))
    )
      return '尚未受理申请';
    if (kind === 'answeredInTime') return sum('answered', name => name === 'in-time');
    if (kind === 'received') return sum('received', () => true);
    return sum('received', origin => (name === 'letter' ? origin === 'direct.letter' : origin.startsWith('forwarded.')));
  }

  const inYear = days.filter(day => day.year === year && day.id <= cut.asOf);
  const contents = contentKinds.filter(kind => sum('contents', name => name === kind) > 0);
  const sections = sectionsOf({
    asOf: cut.asOf,
    // The running year's prose is a draft of the whole; at an earlier day of it nothing was written of the year yet.
    wholeYear: cut.asOf >= to || asked.asOf === undefined,
    figures,
    entries: ofKind('entry')
      .filter(fact => fact.year === year)
      .sort((a, b) => a.order - b.order)
      .map(fact => fact.entry),
    written,
    channels,
    contents,
  });
  const evidence = ofKind('evidence')[0];
  return {
    year,
    figures,
    absent,
    sections,
    breakdown: breakdownOf(inYear, cut.asOf),
    cut,
    digest: canonicalDigest({ figures, sections, cut }),
    evidence: { position: (await view.position()) ?? 0, recordedUpTo: evidence?.recordedAt ?? null },
  };
}

/** Cuts on when things happened: to the day asked for, else the last day of the year, or today where that is earlier. */
export function cutOf({ year, asOf, today }: { year: number; asOf?: string | undefined; today: string }): Cut | Refusal {
  const period = { from: `${year}-01-01`, to: `${year}-12-31` };
  if (period.from > today)
    return refuse('missing', 'year-not-begun', {
      zh: `${year} 年尚未开始，没有报告。`,
      en: `The year ${year} has not begun; there is no report.`,
    });
  if (asOf !== undefined && (asOf < period.from || asOf > today)) {
    return refuse(
      'invalid',
      'as-of-outside',
      {
        zh: `截止日 ${asOf} 须在 ${period.from} 至今天（${today}）之间。`,
        en: `asOf ${asOf} must lie between ${period.from} and today (${today}).`,
      },
      { issues: [{ path: 'asOf', zh: '不在可统计的期间内', en: 'outside the period' }] },
    );
  }
  return { period, asOf: asOf ?? (period.to < today ? period.to : today), definitionVersion, templateVersion };
}

/** A date known to the year or the month counts from its first day. */
export function opened(partial: string): string {
  return partial + '-01-01'.slice(partial.length - 4);
}

type ChannelFact = Extract<Fact, { kind: 'channel' }>;

/** The provincial portal's catalogue column at the cut: since when it is open, and the classes that go to it. */
export function provincialColumn(
  channels: readonly ChannelFact[],
  asOf: string,
): { since: string; categories: readonly string[] } | null {
  const column = channels.find(({ channel }) => channel.kind === 'provincial-portal' && opened(channel.openedOn) <= asOf);
  if (!column) return null;
  const routing = column.routing.filter(route => route.from <= asOf).sort((a, b) => a.from.localeCompare(b.from));
  return { since: opened(column.channel.openedOn), categories: routing.at(-1)?.categories ?? [] };
}

function total(
  days: readonly DayDoc[],
  asked: { what: string; of: (name: string) => boolean; since: string; until: string; asOf: string },
): number {
  let sum = 0;
  for (const day of days) {
    if (day.id < asked.since || day.id > asked.until) continue;
    for (const [key, by] of Object.entries(day.counts)) {
      const [what, name, effectiveOn] = key.split('|') as [string, string, string];
      if (what === asked.what && effectiveOn <= asked.asOf && asked.of(name)) sum += by;
    }
  }
  return sum;
}

function breakdownOf(days: readonly DayDoc[], asOf: string): BuiltReport['breakdown'] {
  const months = [...new Set(days.map(day => day.id.slice(0, 7)))].sort();
  return months.flatMap(month => {
    const within = days.filter(day => day.id.startsWith(month));
    return categories
      .map(category => ({
        category,
        month,
        count: total(within, { what: 'records', of: name => name === category, since: '0000', until: '9999', asOf }),
      }))
      .filter(({ count }) => count > 0);
  });
}
