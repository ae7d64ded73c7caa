import { join } from 'node:path';
import { inChild, inTemporaryFolder } from '../children.js';
import { type Figure, figureOf, median } from '../figure.js';
import { say } from '../say.js';
import type { FillTask, Filled } from './fill.js';
import type { Measurement, MeasureTask } from './measure.js';
import type { Tally } from './office.js';

const fill = new URL('./fill.js', import.meta.url);
const measure = new URL('./measure.js', import.meta.url);
const runs = 3;
const whats = ['scan', 'report', 'report-and-cases'] as const;

/** Rebuilds over logs of these sizes. Events per second count the whole log, read or not: it is what has to be caught up with. */
export async function measureReport(sizes: readonly number[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const events of sizes) figures.push(...(await inTemporaryFolder(folder => ofSize(events, folder))));
  return figures;
}

async function ofSize(events: number, folder: string): Promise<Figure[]> {
  const log = join(folder, 'events.db');
  const named = events % 1_000_000 === 0 ? `${events / 1_000_000}m` : events % 1000 === 0 ? `${events / 1000}k` : String(events);
  say(`${named}: writing the log`);
  const { tally, bytes } = await inChild<Filled>(fill, { file: log, events } satisfies FillTask);
  say(`${named}: ${Math.round(bytes)} bytes of data and metadata an event`);

  const found: Record<(typeof whats)[number], Measurement[]> = { scan: [], report: [], 'report-and-cases': [] };
  for (let run = 1; run <= runs; run += 1) {
    for (const what of whats) {
      const task: MeasureTask = { what, log, years: Object.keys(tally.years) };
      const measured = await inChild<Measurement>(measure, task);
      if (what !== 'scan') check(tally, measured);
      found[what].push(measured);
      say(`${named}: ${what} ${run}/${runs}: ${measured.seconds.toFixed(2)} s, ${Math.round(measured.memory)} MB`);
    }
  }
  const speed = (what: keyof typeof found) => events / median(found[what].map(({ seconds }) => seconds));
  const memory = (what: keyof typeof found) => median(found[what].map(one => one.memory));
  const baseline = { events: speed('scan'), memory: memory('scan') };
  return [
    figureOf(
      { figure: `report.${named}.rebuild`, value: speed('report'), unit: 'events/s', baseline: baseline.events },
      { of: 'ratio', atLeast: 0.8 },
    ),
    figureOf(
      {
        figure: `report.${named}.rebuild-with-cases`,
        value: speed('report-and-cases'),
        unit: 'events/s',
        baseline: baseline.events,
      },
      { of: 'ratio', atLeast: 0.3 },
    ),
    figureOf({ figure: `report.${named}.rebuild.memory`, value: memory('report'), unit: 'MB', baseline: baseline.memory }),
    figureOf({
      figure: `report.${named}.rebuild-with-cases.memory`,
      value: memory('report-and-cases'),
      unit: 'MB',
      baseline: baseline.memory,
    }),
  ];
}

/** A rebuild that is fast and wrong is no figure. @throws where the report says other than the generator counted */
function check({ years, cases }: Tally, measured: Measurement): void {
  for (const [year, { total, byCategory, placements, received, answeredInTime }] of Object.entries(years)) {
    const expected = {
      'proactive.total': total,
      'channels.media.placements': placements,
      'requests.received': received,
      'requests.answeredInTime': answeredInTime,
      ...Object.fromEntries(Object.entries(byCategory).map(([name, count]) => [`proactive.byCategory.${name}`, count])),
    };
    for (const [key, count] of Object.entries(expected)) same(`${key} of ${year}`, measured.figures[year]?.[key] ?? 0, count);
  }
  for (const [kind, count] of Object.entries(measured.cases)) same(`cases: ${kind}`, count, cases[kind as keyof typeof cases]);
}

function same(what: string, found: number, counted: number): void {
  if (found !== counted) throw new Error(`${what}: the rebuilt view says ${found}, the generator counted ${counted}`);
}
