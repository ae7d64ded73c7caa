import { type Actor, type listAttestations, type listEntries, type Page, type ReportListing, type Task } from '#contracts';
import type { View } from '#projections';
import type { z } from 'zod';
import type { Fact } from './annual-report.js';

const everything = 1_000_000;

/** Years that someone reports on, and the running ones: this year and the last, once anything is counted in them. */
export async function listingsOf(view: View, thisYear: number): Promise<ReportListing[]> {
  const { items } = await view.find<Fact>('facts', {
    where: { kind: { in: ['section', 'entry', 'attestation', 'closing'] } },
    limit: everything,
  });
  const years = new Set(items.flatMap(fact => ('year' in fact ? [fact.year] : [])));
  for (const year of [thisYear, thisYear - 1]) {
    if ((await view.count('days', { where: { year } })) > 0) years.add(year);
  }
  return [...years]
    .filter(year => year <= thisYear)
    .sort((a, b) => b - a)
    .map(year => {
      const closing = items.find(
        (fact): fact is Extract<Fact, { kind: 'closing' }> => fact.kind === 'closing' && fact.year === year,
      );
      return {
        year,
        title: `${year}年政府信息公开工作年度报告`,
        closed: closing ? { on: closing.on, by: closing.by, digest: closing.report.digest } : null,
      };
    });
}

export async function attestationsOf(
  view: View,
  { year, limit, after }: z.infer<(typeof listAttestations)['input']>,
): Promise<Page<unknown>> {
  const where = { kind: 'attestation', year };
  const { items, next } = await view.find<Extract<Fact, { kind: 'attestation' }>>('facts', { where, limit, after });
  return {
    total: await view.count('facts', { where }),
    items: items.map(({ id, statement, event }) => ({
      id: id.replace('attestation-', ''),
      standing: statement !== null,
      ...statement,
      event,
    })),
    next,
  };
}

export async function entriesOf(
  view: View,
  { year, kind, limit, after }: z.infer<(typeof listEntries)['input']>,
): Promise<Page<unknown>> {
  const where = { kind: 'entry', year, 'entry.kind': kind };
  const { items, next } = await view.find<Extract<Fact, { kind: 'entry' }>>('facts', {
    where,
    sort: [['order', 'asc']],
    limit,
    after,
  });
  return {
    total: await view.count('facts', { where }),
    items: items.map(({ id, entry }) => ({ id: id.replace('entry-', ''), ...entry })),
    next,
  };
}

/**
 * A year that is over waits to be closed. Due 31 March (2008 Art. 31); from the reports on 2019 on, a department's by
 * 31 January (2019 Art. 49).
 */
export async function tasksOf(view: View, actor: Actor, today: string): Promise<Task[]> {
  if (!actor.roles.includes('reporter') && !actor.roles.includes('auditor')) return [];
  const thisYear = Number(today.slice(0, 4));
  const open = (await listingsOf(view, thisYear)).filter(listing => listing.year < thisYear && !listing.closed);
  return open.map(({ year, title }) => {
    const dueOn = `${year + 1}-${year >= 2019 ? '01-31' : '03-31'}`;
    return {
      room: 'statistics',
      kind: 'close-report',
      id: String(year),
      title,
      roles: ['reporter'],
      since: `${year + 1}-01-01`,
      dueOn,
      overdue: dueOn < today,
      href: `/api/v1/reports/${year}`,
    };
  });
}
