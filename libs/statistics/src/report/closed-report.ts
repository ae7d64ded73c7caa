import type { AnnualReport, Difference, Refusal } from '#contracts';
import type { View } from '#projections';
import type { Fact } from '../views/annual-report.js';
import { buildReport } from './build-report.js';
import { eventsSince } from './cases.js';

export type Closing = Extract<Fact, { kind: 'closing' }>;

/** What a year was closed with. */
export function closingOf(figures: View, year: number): Promise<Closing | null> {
  return figures.get<Closing>('facts', `closing-${year}`);
}

/** A closed year answers with what was closed, and beside it what has come to differ since. */
export async function closedReport(figures: View, cases: View, year: number, today: string): Promise<AnnualReport | Refusal> {
  const now = await buildReport(figures, { year, today });
  const closing = await closingOf(figures, year);
  if ('refused' in now || !closing) return now;
  const { report, on, by } = closing;
  const differences: Difference[] = [];
  for (const key of new Set([...report.figures, ...now.figures].map(figure => figure.key))) {
    const before = report.figures.find(figure => figure.key === key);
    const after = now.figures.find(figure => figure.key === key);
    if ((before?.count ?? before?.value) === (after?.count ?? after?.value) && before?.qualifier === after?.qualifier) continue;
    const attested = await figures.get<Extract<Fact, { kind: 'attestation' }>>('facts', `attestation-${year}.${key}`);
    differences.push({
      key,
      closed: before?.count ?? before?.value ?? null,
      now: after?.count ?? after?.value ?? null,
      events: attested
        ? [{ ...attested.event, caseId: attested.id }]
        : await eventsSince(cases, key, now.cut.period, now.cut.asOf, report.evidence.position),
    });
  }
  return { ...report, evidence: now.evidence, closed: { on, by, digest: report.digest }, differences };
}
