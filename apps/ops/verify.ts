import type { AnnualReport } from '#contracts';
import { CannotStart } from '#platform';
import { seen } from '#projections';
import { annualReportView } from '#statistics';
import { print, withFiles } from './files.js';
import { askedFor, built, fromNothing } from './report.js';

const attemptsMax = 10;
const catchUpMs = 300;

export async function verifyReport(year: string, { json }: { json?: boolean }): Promise<void> {
  const asked = askedFor(year);
  await withFiles(async files => {
    const readStore = await files.readStore('statistics');
    for (let attempt = 1; ; attempt++) {
      const rebuilt = await fromNothing(files, asked);
      const view = seen(readStore, annualReportView);
      if ((await view.position()) === null) {
        throw new CannotStart(
          '年报视图还没有运行过，无从核对：请先启动服务，或运行 ops rebuild annual-report。 / The report’s view has never run, so there is nothing to verify: start the services, or run ops rebuild annual-report.',
        );
      }
      const live = await built(view, files, asked);
      // While the services run, events come in between the two; only the same position can be compared.
      const together = live.evidence.position === rebuilt.evidence.position;
      if (!together && attempt < attemptsMax) {
        await new Promise(resolve => setTimeout(resolve, catchUpMs));
        continue;
      }
      const same = live.digest === rebuilt.digest;
      const differences = same ? [] : differing(live, rebuilt);
      if (!same) process.exitCode = 1;
      print(
        json,
        {
          year: asked.year,
          same,
          together,
          live: live.digest,
          rebuilt: rebuilt.digest,
          position: rebuilt.evidence.position,
          differences,
        },
        [
          `视图 / live view       ${live.digest} @${live.evidence.position}`,
          `从头重算 / from nothing ${rebuilt.digest} @${rebuilt.evidence.position}`,
          same ? '一致 / the same' : '不一致 / they differ',
          ...(together
            ? []
            : [
                '视图落后于事件：服务未运行，启动后再核对。 / The view is behind the log: the services are not running; start them and verify again.',
              ]),
          ...differences.map(({ key, live, rebuilt }) => `  ${key}: ${live ?? '—'} ≠ ${rebuilt ?? '—'}`),
        ],
      );
      return;
    }
  });
}

function differing(live: AnnualReport, rebuilt: AnnualReport) {
  const of = (report: AnnualReport) =>
    new Map(report.figures.map(({ key, display, count }) => [key, count === undefined ? display : `${display} (${count})`]));
  const [before, after] = [of(live), of(rebuilt)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter(key => before.get(key) !== after.get(key))
    .map(key => ({ key, live: before.get(key) ?? null, rebuilt: after.get(key) ?? null }));
}
