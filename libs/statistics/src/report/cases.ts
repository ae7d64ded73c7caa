import type { Case, Cases, Figure } from '#contracts';
import type { View } from '#projections';
import type { CaseDoc } from '../views/report-cases.js';

export interface CasesAsked {
  figure: Figure;
  period: { from: string; to: string };
  asOf: string;
  limit: number;
  after?: string | undefined;
  /** What the cumulative figure counts; null for the others. */
  column: { since: string; categories: readonly string[] } | null;
}

const aside = 200;
/** How many are read at once in search of those that belong. */
const stretch = 500;

/** The cases a derived figure counts, in the order in which they happened; those taken back by the cut stand apart. */
export async function casesOf(view: View, { figure, period, asOf, limit, after, column }: CasesAsked): Promise<Cases> {
  const total = figure.count ?? figure.value;
  if (figure.kind === 'attested')
    return {
      figure,
      total: 0,
      items: [],
      next: null,
      withdrawn: [],
      ...(figure.statement ? { statement: figure.statement } : {}),
    };
  const { kind, day, since, belongs } = selection(figure.key, period, asOf, column);
  const where = { kind, [day]: { gte: since, lte: asOf < period.to || since < period.from ? asOf : period.to } };
  const belonging = (doc: CaseDoc) => !gone(doc, asOf) && belongs(doc, classAt(doc, asOf));
  const items: Case[] = [];
  let next = after ?? null;
  do {
    const asked = { where, sort: [[day, 'asc']] as const, after: next ?? undefined };
    const page = await view.find<CaseDoc>('cases', { ...asked, limit: stretch });
    const wanted = page.items.flatMap((doc, index) => (belonging(doc) ? [index] : [])).slice(0, limit - items.length);
    items.push(...wanted.map(index => caseOf(page.items[index]!)));
    next = page.next;
    const last = wanted.at(-1);
    // A full page ends at its last case: asking for just that far gives the cursor behind it.
    if (items.length === limit && last !== undefined)
      ({ next } = await view.find<CaseDoc>('cases', { ...asked, limit: last + 1 }));
  } while (items.length < limit && next !== null);
  const withdrawn = await view.find<CaseDoc>('cases', {
    where: { kind, withdrawnOn: { lte: asOf } },
    sort: [['withdrawnOn', 'asc']],
    limit: aside,
  });
  const inPeriod = (doc: CaseDoc) => doc.on >= since && doc.on <= (since < period.from ? asOf : period.to);
  return {
    figure,
    total,
    items,
    next,
    withdrawn: withdrawn.items
      .filter(doc => inPeriod(doc) && belongs(doc, classAt(doc, asOf)))
      .map(doc => ({ ...caseOf(doc), withdrawnOn: doc.withdrawnOn!, why: doc.why! })),
  };
}

/** Events recorded after `position` that touch the cases of a figure. */
export async function eventsSince(view: View, key: string, period: { from: string; to: string }, asOf: string, position: number) {
  const { kind, day, since, belongs } = selection(key, period, asOf);
  const { items } = await view.find<CaseDoc>('cases', {
    where: { lastPosition: { gt: position } },
    sort: [['lastPosition', 'asc']],
    limit: aside,
  });
  return items
    .filter(
      doc =>
        doc.kind === kind &&
        (doc[day] ?? '') >= since &&
        (doc[day] ?? '') <= period.to &&
        doc.classes.some(({ name }) => belongs(doc, name)),
    )
    .flatMap(doc => doc.events.filter(event => event.position > position).map(event => ({ ...event, caseId: doc.id })));
}

interface Selection {
  kind: CaseDoc['kind'];
  day: 'on' | 'answeredOn';
  since: string;
  belongs: (doc: CaseDoc, name: string) => boolean;
}

function selection(key: string, period: { from: string }, asOf: string, column: CasesAsked['column'] = null): Selection {
  const name = key.split('.').at(-1)!;
  const base = { day: 'on' as const, since: period.from };
  if (key === 'proactive.cumulative')
    return {
      ...base,
      kind: 'record',
      since: column?.since ?? '0000',
      belongs: (_, category) => !column || column.categories.includes(category),
    };
  if (key.startsWith('proactive.'))
    return { ...base, kind: 'record', belongs: (_, category) => key === 'proactive.total' || category === name };
  if (key.startsWith('channels.media.'))
    return { ...base, kind: 'placement', belongs: (_, tier) => key === 'channels.media.placements' || tier === name };
  if (key === 'channels.microblog.items') return { ...base, kind: 'post', since: '0000', belongs: () => true };
  if (key === 'requests.answeredInTime')
    return {
      ...base,
      kind: 'request',
      day: 'answeredOn',
      belongs: doc => doc.answeredOn !== undefined && doc.answeredOn <= asOf && doc.answeredOn <= doc.dueOn!,
    };
  if (key === 'requests.byOrigin.letter') return { ...base, kind: 'request', belongs: (_, origin) => origin === 'direct.letter' };
  if (key === 'requests.byOrigin.forwarded')
    return { ...base, kind: 'request', belongs: (_, origin) => origin.startsWith('forwarded.') };
  return { ...base, kind: 'request', belongs: () => true };
}

function classAt(doc: CaseDoc, asOf: string): string {
  return doc.classes.filter(one => one.from <= asOf).at(-1)?.name ?? '';
}

function gone(doc: CaseDoc, asOf: string): boolean {
  return doc.withdrawnOn !== undefined && doc.withdrawnOn <= asOf;
}

function caseOf({ id, kind, title, on, detail, events }: CaseDoc): Case {
  return { id, kind, title, on, detail, ...(kind === 'record' ? { href: `/records/${id}` } : {}), events };
}
