import type { Case, Cases, Figure } from '#contracts';
import type { Filter, View } from '#projections';
import type { CaseDoc } from '../views/report-cases.js';

export interface CasesAsked {
  figure: Figure;
  period: { from: string; to: string };
  asOf: string;
  limit: number;
  after?: string | undefined;
  /** What the cumulative figure counts; null for the others. */
  column: { since: string; categories: readonly string[] } | null;
  /** For a closed figure: the cases as they were known at this position. */
  knownAt?: number;
}

/** How many are read at once in search of those that belong. */
const stretch = 500;

/** The cases a derived figure counts, in the order in which they happened; those taken back by the cut stand apart. */
export async function casesOf(view: View, { figure, period, asOf, limit, after, column, knownAt }: CasesAsked): Promise<Cases> {
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
  const { kind, day, since, until, belongs } = selection(figure.key, period, asOf, column);
  const known = (doc: CaseDoc) => (knownAt === undefined ? doc : asKnown(doc, knownAt));
  const belonging = (doc: CaseDoc | null) => doc !== null && !gone(doc, asOf) && belongs(doc, classAt(doc, asOf));
  const items: Case[] = [];
  let next = after ?? null;
  do {
    const asked = { where: { kind, [day]: { gte: since, lte: until } }, sort: [[day, 'asc']] as const, after: next ?? undefined };
    const page = await view.find<CaseDoc>('cases', { ...asked, limit: stretch });
    const wanted = page.items.flatMap((doc, index) => (belonging(known(doc)) ? [index] : [])).slice(0, limit - items.length);
    items.push(...wanted.map(index => caseOf(page.items[index]!)));
    next = page.next;
    const last = wanted.at(-1);
    // A full page ends at its last case: asking for just that far gives the cursor behind it.
    if (items.length === limit && last !== undefined)
      ({ next } = await view.find<CaseDoc>('cases', { ...asked, limit: last + 1 }));
  } while (items.length < limit && next !== null);
  const withdrawn = (await every(view, { kind, withdrawnOn: { lte: asOf }, [day]: { gte: since, lte: until } }))
    .flatMap(doc => known(doc) ?? [])
    .filter(doc => gone(doc, asOf) && belongs(doc, classAt(doc, asOf)))
    .sort((a, b) => a.withdrawnOn!.localeCompare(b.withdrawnOn!));
  return {
    figure,
    total,
    items,
    next,
    withdrawn: withdrawn.map(doc => ({ ...caseOf(doc), withdrawnOn: doc.withdrawnOn!, why: doc.why! })),
  };
}

/** Events recorded after `position` that touch the cases of a figure. */
export async function eventsSince(view: View, key: string, period: { from: string; to: string }, asOf: string, position: number) {
  const { kind, day, since, until, belongs } = selection(key, period, asOf);
  const touched = await every(view, { kind, [day]: { gte: since, lte: until }, lastPosition: { gt: position } });
  return touched
    .filter(doc => doc.classes.some(({ name }) => belongs(doc, name)))
    .flatMap(doc => doc.events.filter(event => event.position > position).map(event => ({ ...event, caseId: doc.id })));
}

async function every(view: View, where: Filter): Promise<CaseDoc[]> {
  const found: CaseDoc[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const page = await view.find<CaseDoc>('cases', { where, limit: stretch, after });
    found.push(...page.items);
    after = page.next;
  }
  return found;
}

/** The case as it was once the events up to `position` were known; null where there was none yet. */
function asKnown(doc: CaseDoc, position: number): CaseDoc | null {
  const events = doc.events.filter(event => event.position <= position);
  if (events.length === 0) return null;
  const { withdrawnOn, why, answeredOn, ...rest } = doc;
  const told = (ending: string) => events.some(event => event.type.endsWith(ending));
  const classified = events.filter(event => !/(Withdrawn|Answered)$/.test(event.type)).length;
  return {
    ...rest,
    events,
    classes: doc.classes.slice(0, classified),
    ...(told('Withdrawn') && withdrawnOn !== undefined && why !== undefined ? { withdrawnOn, why } : {}),
    ...(told('Answered') && answeredOn !== undefined ? { answeredOn } : {}),
  };
}

interface Selection {
  kind: CaseDoc['kind'];
  day: 'on' | 'answeredOn';
  since: string;
  until: string;
  belongs: (doc: CaseDoc, name: string) => boolean;
}

function selection(
  key: string,
  period: { from: string; to: string },
  asOf: string,
  column: CasesAsked['column'] = null,
): Selection {
  const name = key.split('.').at(-1)!;
  const base = { day: 'on' as const, since: period.from, until: asOf < period.to ? asOf : period.to };
  if (key === 'proactive.cumulative')
    return {
      ...base,
      kind: 'record',
      since: column?.since ?? '0000',
      until: asOf,
      belongs: (_, category) => !column || column.categories.includes(category),
    };
  if (key.startsWith('proactive.'))
    return { ...base, kind: 'record', belongs: (_, category) => key === 'proactive.total' || category === name };
  if (key.startsWith('channels.media.'))
    return { ...base, kind: 'placement', belongs: (_, tier) => key === 'channels.media.placements' || tier === name };
  if (key === 'channels.microblog.items') return { ...base, kind: 'post', since: '0000', until: asOf, belongs: () => true };
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
