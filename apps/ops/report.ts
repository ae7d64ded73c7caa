import { type AnnualReport, getReport, isRefusal, checkInput } from '#contracts';
import { CannotStart, systemClock } from '#platform';
import { openSqliteReadStore, rebuild, type View } from '#projections';
import { annualReportView, buildReport } from '#statistics';
import { type Files, print, withFiles } from './files.js';

export interface Asked {
  year: number;
  asOf?: string | undefined;
}

export async function printReport(
  year: string,
  { asOf, format, json }: { asOf?: string; format: string; json?: boolean },
): Promise<void> {
  const asked = askedFor(year, asOf);
  if (!['text', 'json'].includes(format)) throw new CannotStart('--format 只能是 text 或 json。 / --format is text or json.');
  await withFiles(async files => {
    const report = await reportOf(files, asked);
    const widest = Math.max(...report.figures.map(({ label }) => label.length), 0);
    print(json || format === 'json', report, [
      `${report.year} 年度报告，截至 ${report.cut.asOf} / annual report as of ${report.cut.asOf}`,
      ...report.figures.map(
        ({ label, display, kind }) =>
          `  ${label.padEnd(widest, '\u3000')}  ${display}${kind === 'attested' ? '（陈述 / attested）' : ''}`,
      ),
      ...report.absent.map(({ label, why }) => `  ${label.padEnd(widest, '\u3000')}  —（${why}）`),
      `摘要 / digest   ${report.digest}`,
      `位置 / position ${report.evidence.position}`,
    ]);
  });
}

/** @throws CannotStart where the year or the day is not one */
export function askedFor(year: string, asOf?: string): Asked {
  const checked = checkInput(getReport, { year, ...(asOf === undefined ? {} : { asOf }) });
  if (isRefusal(checked)) throw new CannotStart(`${checked.zh} / ${checked.en}`);
  return checked;
}

/** From the live view where it holds everything the log holds, else counted from nothing: the services may not be running. */
async function reportOf(files: Files, asked: Asked): Promise<AnnualReport> {
  const live = (await files.readStore('statistics')).view(annualReportView);
  if ((await live.position()) === (await files.store.head())) return built(live, files, asked);
  return fromNothing(files, asked);
}

export async function fromNothing(files: Files, asked: Asked): Promise<AnnualReport> {
  const readStore = await openSqliteReadStore(':memory:');
  try {
    await rebuild(files.store, readStore, annualReportView);
    return await built(readStore.view(annualReportView), files, asked);
  } finally {
    await readStore.close();
  }
}

/** @throws CannotStart with the refusal's sentence */
export async function built(view: View, { config }: Files, asked: Asked): Promise<AnnualReport> {
  const report = await buildReport(view, { ...asked, today: systemClock(config.timeZone).today() });
  if (isRefusal(report)) throw new CannotStart(`${report.zh} / ${report.en}`);
  return report;
}
