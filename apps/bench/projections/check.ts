import { openViews } from '#platform';
import { seen } from '#projections';
import { annualReportView, buildReport, reportCasesView } from '#statistics';
import type { Log } from './log.js';

const afterEverything = '2100-01-01';

/** A rebuild that is fast and wrong is no figure. @throws Error where the report says other than the generator counted */
export async function checkReport({ folder: dataFolder, counted: { years, cases } }: Log): Promise<void> {
  const readStore = await openViews({ dataFolder, stores: {} }, 'statistics', null);
  try {
    for (const [year, { total, byCategory, placements, received, answeredInTime }] of Object.entries(years)) {
      const report = await buildReport(seen(readStore, annualReportView), { year: Number(year), today: afterEverything });
      if ('refused' in report) throw new Error(`No report of ${year}: ${JSON.stringify(report)}`);
      const said = new Map(report.figures.map(({ key, value, count }) => [key, count ?? value]));
      const expected = {
        'proactive.total': total,
        'channels.media.placements': placements,
        'requests.received': received,
        'requests.answeredInTime': answeredInTime,
        ...Object.fromEntries(Object.entries(byCategory).map(([name, count]) => [`proactive.byCategory.${name}`, count])),
      };
      for (const [key, count] of Object.entries(expected)) same(`${key} of ${year}`, said.get(key) ?? 0, count);
    }
    for (const [kind, count] of Object.entries(cases))
      same(`cases: ${kind}`, await seen(readStore, reportCasesView).count('cases', { where: { kind } }), count);
  } finally {
    await readStore.close();
  }
}

function same(what: string, found: unknown, counted: number): void {
  if (found !== counted) throw new Error(`${what}: the rebuilt view says ${found}, the generator counted ${counted}`);
}
