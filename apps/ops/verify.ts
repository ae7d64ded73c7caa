import type { AnnualReport } from '#contracts';
import { CannotStart } from '#platform';
import { seen } from '#projections';
import { annualReportView, closingOf } from '#statistics';
import { print, withFiles } from './files.js';
import { askedFor, built, fromNothing } from './report.js';

/** Counts again from nothing, up to where the view stands; and for a closed year, up to where it was closed. */
export async function verifyReport(year: string, { json }: { json?: boolean }): Promise<void> {
  const asked = askedFor(year);
  await withFiles(async files => {
    const view = seen(await files.readStore('statistics'), annualReportView);
    if ((await view.position()) === null) {
      throw new CannotStart(
        '年报视图还没有运行过，无从核对：请先启动服务，或运行 ops rebuild annual-report。 / The report’s view has never run, so there is nothing to verify: start the services, or run ops rebuild annual-report.',
      );
    }
    const live = await built(view, files, asked);
    const { position } = live.evidence;
    const rebuilt = await fromNothing(files, asked, position);
    const same = live.digest === rebuilt.digest;
    const closing = await closingOf(view, asked.year);
    const closed = closing && {
      on: closing.on,
      digest: closing.report.digest,
      position: closing.report.evidence.position,
      rebuilt: (await fromNothing(files, asked, closing.report.evidence.position)).digest,
    };
    const behind = (await files.store.head()) - position;
    const differences = same ? [] : differing(live, rebuilt);
    if (!same || (closed && closed.rebuilt !== closed.digest)) process.exitCode = 1;
    print(
      json,
      {
        year: asked.year,
        same,
        live: live.digest,
        rebuilt: rebuilt.digest,
        position,
        behind,
        differences,
        ...(closed ? { closed } : {}),
      },
      [
        `现在的视图 / live view  ${live.digest} @${position}`,
        `从头重算 / from nothing ${rebuilt.digest} @${position}`,
        same ? '一致 / the same' : '不一致 / they differ',
        ...differences.map(({ key, live, rebuilt }) => `  ${key}: ${live ?? '—'} ≠ ${rebuilt ?? '—'}`),
        ...(closed
          ? [
              `定稿 / closed ${closed.on}   ${closed.digest} @${closed.position}`,
              `从头重算 / from nothing ${closed.rebuilt} @${closed.position}`,
              closed.rebuilt === closed.digest ? '一致 / the same' : '不一致 / they differ',
            ]
          : []),
        ...(behind > 0 ? ['视图之后还有新的事件，未计入以上 / the log goes on behind the view; that is not in the above'] : []),
      ],
    );
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
