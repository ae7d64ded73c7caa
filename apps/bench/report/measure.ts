import { openDatabase } from '#sqlite';
import { openSqliteEventStore, versioned } from '#event-store';
import { type Aside, viewAside } from '#projections';
import { annualReportView, buildReport, reportCasesView, statisticsReads } from '#statistics';
import { onTask } from '../children.js';

export interface MeasureTask {
  what: 'scan' | 'report' | 'report-and-cases';
  log: string;
  years: string[];
}
export interface Measurement {
  seconds: number;
  /** Highest resident memory of the process, in MB. */
  memory: number;
  /** Figures of every year, by key; empty for a scan. */
  figures: Record<string, Record<string, number>>;
  cases: Record<string, number>;
}

const columns = 'position, stream, revision, id, type, version, data, metadata';
const afterEverything = '2100-01-01';

onTask<MeasureTask, Measurement>(async task => (task.what === 'scan' ? scan(task) : rebuilding(task)));

/** The baseline: one cursor over all columns of the port, in the log's order, with both documents parsed. */
async function scan({ log }: MeasureTask): Promise<Measurement> {
  const db = await openDatabase(log, { durability: 'full', readOnly: true });
  const cursor = db.prepare(`SELECT ${columns} FROM events ORDER BY position`);
  const begun = performance.now();
  for (const row of cursor.iterate() as Iterable<{ data: string; metadata: string }>) {
    JSON.parse(row.data);
    JSON.parse(row.metadata);
  }
  const measured = { seconds: (performance.now() - begun) / 1000, memory: peak() };
  db.close();
  return { ...measured, figures: {}, cases: {} };
}

async function rebuilding({ what, log, years }: MeasureTask): Promise<Measurement> {
  const projections = what === 'report' ? [annualReportView] : [annualReportView, reportCasesView];
  const store = versioned(await openSqliteEventStore(log), statisticsReads);
  const asides: Aside[] = [];
  for (const projection of projections) asides.push(await viewAside({ store }, projection));
  const [report, cases] = asides;
  const begun = performance.now();
  for (const aside of asides) await aside.follow();
  const measured = { seconds: (performance.now() - begun) / 1000, memory: peak() };

  const figures: Measurement['figures'] = {};
  for (const year of years) {
    const built = await buildReport(report!.view, { year: Number(year), today: afterEverything });
    if ('refused' in built) throw new Error(`No report of ${year}: ${JSON.stringify(built)}`);
    figures[year] = Object.fromEntries(built.figures.map(({ key, value, count }) => [key, count ?? value]));
  }
  const counted: Measurement['cases'] = {};
  for (const kind of ['record', 'placement', 'post', 'request'])
    if (cases) counted[kind] = await cases.view.count('cases', { where: { kind } });
  for (const aside of asides) await aside.close();
  await store.close();
  return { ...measured, figures, cases: counted };
}

function peak(): number {
  return process.resourceUsage().maxRSS / 1024;
}
