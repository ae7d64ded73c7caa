import { type AnnualReport, checkInput, getReport, getReportAsRecorded, isRefusal, type Refusal } from '#contracts';
import { CannotStart, systemClock } from '#platform';
import { asOf, type Moment, type View, seen } from '#projections';
import { annualReportView, buildReport, closedReport, reportAsOf, reportCasesView } from '#statistics';
import { type Files, print, withFiles } from './files.js';
import { BadUsage } from './usage.js';

export interface Asked {
  year: number;
  asOf?: string | undefined;
}

interface Options {
  asOf?: string;
  recordedBy?: string | undefined;
  position?: string | undefined;
  format: string;
  json?: boolean;
}

export async function printReport(year: string, { asOf, recordedBy, position, format, json }: Options): Promise<void> {
  const asked = askedFor(year, asOf);
  const moment = momentOf(year, { recordedBy, position });
  if (!['text', 'json'].includes(format)) throw new BadUsage('--format 只能是 text 或 json。', '--format is text or json.');
  await withFiles(async files => {
    const report = moment ? await asRecorded(files, asked, moment) : await reportOf(files, asked);
    const widest = Math.max(...report.figures.map(({ label }) => label.length), 0);
    print(json || format === 'json', report, [
      `${report.year} 年度报告，截至 ${report.cut.asOf} / annual report as of ${report.cut.asOf}`,
      ...(moment ? [asOfWhat(moment)] : []),
      ...report.figures.map(
        ({ label, display, kind }) =>
          `  ${label.padEnd(widest, '\u3000')}  ${display}${kind === 'attested' ? '（陈述 / attested）' : ''}`,
      ),
      ...report.absent.map(({ label, why }) => `  ${label.padEnd(widest, '\u3000')}  —（${why}）`),
      ...(report.closed ? [`定稿 / closed     ${report.closed.on} ${report.closed.by}`] : []),
      ...(report.differences ?? []).map(
        ({ key, closed, now }) => `  定稿后 / since closing: ${key} ${closed ?? '—'} → ${now ?? '—'}`,
      ),
      `摘要 / digest   ${report.digest}`,
      `位置 / position ${report.evidence.position}`,
    ]);
  });
}

/** @throws BadUsage where the year or the day is not one */
export function askedFor(year: string, asOf?: string): Asked {
  const checked = checkInput(getReport, { year, ...(asOf === undefined ? {} : { asOf }) });
  if (isRefusal(checked)) throw new BadUsage(checked.zh, checked.en);
  return checked;
}

function momentOf(year: string, { recordedBy, position }: Pick<Options, 'recordedBy' | 'position'>): Moment | null {
  if (recordedBy === undefined && position === undefined) return null;
  if (recordedBy !== undefined && position !== undefined)
    throw new BadUsage('--recorded-by 与 --position 只能用一个。', 'Give one of --recorded-by and --position.');
  const checked = checkInput(getReportAsRecorded, { year, ...(position === undefined ? { recordedBy } : { position }) });
  if (isRefusal(checked)) throw new BadUsage(checked.zh, checked.en);
  return checked.position === undefined ? { instant: checked.recordedBy! } : { position: checked.position };
}

function asOfWhat(moment: Moment): string {
  return 'position' in moment
    ? `只计位置 ${moment.position} 以前的记录 / from the log up to position ${moment.position} only`
    : `只计 ${'instant' in moment ? moment.instant : moment.date} 以前的记录 / from what had been recorded by then only`;
}

async function asRecorded(files: Files, asked: Asked, moment: Moment): Promise<AnnualReport> {
  return spoken(await reportAsOf(files.store, { ...asked, today: today(files) }, moment));
}

/** From the live views where they hold everything the log holds, else from nothing: the services may not be running. */
async function reportOf(files: Files, asked: Asked): Promise<AnnualReport> {
  const live = await files.readStore('statistics');
  const head = await files.store.head();
  const [figures, cases] = [seen(live, annualReportView), seen(live, reportCasesView)];
  const positions = [await figures.position(), await cases.position()];
  if (positions.every(position => position === head)) return published(figures, cases, files, asked);
  const anew = await asOf({ store: files.store }, reportCasesView, { position: head });
  try {
    return await withFiguresAt(files, head, view => published(view, anew.view, files, asked));
  } finally {
    await anew.close();
  }
}

/** As the gateway answers: a closed year with what was closed, and what has come to differ since beside it. */
async function published(figures: View, cases: View, files: Files, asked: Asked): Promise<AnnualReport> {
  if (asked.asOf !== undefined) return built(figures, files, asked);
  return spoken(await closedReport(figures, cases, asked.year, today(files)));
}

export function fromNothing(files: Files, asked: Asked, position: number): Promise<AnnualReport> {
  return withFiguresAt(files, position, view => built(view, files, asked));
}

async function withFiguresAt<T>({ store }: Files, position: number, use: (view: View) => Promise<T>): Promise<T> {
  const { view, close } = await asOf({ store }, annualReportView, { position });
  try {
    return await use(view);
  } finally {
    await close();
  }
}

/** @throws CannotStart with the refusal's sentence */
export async function built(view: View, files: Files, asked: Asked): Promise<AnnualReport> {
  return spoken(await buildReport(view, { ...asked, today: today(files) }));
}

function spoken(report: AnnualReport | Refusal): AnnualReport {
  if (isRefusal(report)) throw new CannotStart(`${report.zh} / ${report.en}`);
  return report;
}

function today({ config }: Files): string {
  return systemClock(config.timeZone).today();
}
