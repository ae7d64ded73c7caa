import { catalogueBench } from '#catalogue';
import { statisticsBench } from '#statistics';
import { inChild } from '../children.js';
import { type Aim, type Figure, figureOf, median } from '../figure.js';
import { say } from '../say.js';
import { type Pairs, summaryOf } from '../store/pairs.js';
import { checkReport } from './check.js';
import { forgetViews, type Log } from './log.js';
import type { Rebuilt, RebuildTask } from './rebuild.js';
import type { Scanned, ScanTask } from './scan.js';

const [scan, rebuild] = [new URL('./scan.js', import.meta.url), new URL('./rebuild.js', import.meta.url)];
const unit = 'events/s';
const memoryMost = 300;

/** What is rebuilt: a room's projections, one after the other. */
export interface What {
  figure: string;
  room: string;
  names: string[];
  unsearched?: boolean;
  note: string;
  aim?: Aim;
}

export const figures: What = {
  figure: 'figures',
  room: statisticsBench,
  names: ['annual-report'],
  note: 'annual report, figures only',
  aim: { of: 'ratio', atLeast: 0.9 },
};
export const cases: What = {
  figure: 'cases',
  room: statisticsBench,
  names: ['annual-report', 'report-cases'],
  note: 'annual report, figures and the cases behind them',
  aim: { of: 'ratio', atLeast: 0.35 },
};
export const catalogue: What = {
  figure: 'catalogue',
  room: catalogueBench,
  names: ['records'],
  unsearched: true,
  note: 'catalogue, documents and indexes without the search',
  aim: { of: 'ratio', atLeast: 0.4 },
};
export const searched: What = {
  figure: 'catalogue-searched',
  room: catalogueBench,
  names: ['records'],
  note: 'catalogue with the search index',
};

export async function rebuildOnce(
  { folder: dataFolder }: Log,
  { room, names, unsearched = false }: What,
  { parts = 1, mongodb }: { parts?: number; mongodb?: string } = {},
): Promise<Rebuilt> {
  forgetViews(dataFolder);
  const settings = { room, dataFolder, unsearched, ...(mongodb === undefined ? {} : { mongodb }) };
  return inChild<Rebuilt>(rebuild, { settings, names, parts } satisfies RebuildTask);
}

export async function scanOnce({ file }: Log): Promise<Scanned> {
  return inChild<Scanned>(scan, { file } satisfies ScanTask);
}

/**
 * Each beside one cursor over the same log, right before or after. Events per second count the whole log, whether the view is given
 * them or not: it is what has to be caught up with.
 */
export async function measureRebuilds(log: Log, rounds: number): Promise<Figure[]> {
  const found: Figure[] = [];
  for (const what of [figures, cases, catalogue, searched]) {
    const { figure, note, aim } = what;
    const pairs: Pairs = { ours: [], beside: [] };
    const [whole, memories]: number[][] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const ours = async () => {
        const { loadedSeconds, seconds, memory } = await rebuildOnce(log, what);
        say(`${figure}: loaded in ${loadedSeconds.toFixed(2)} s, proven in ${seconds.toFixed(2)} s, ${Math.round(memory)} MB`);
        pairs.ours.push(log.events / loadedSeconds);
        whole!.push(log.events / seconds);
        memories!.push(memory);
      };
      const beside = async () => {
        const { seconds } = await scanOnce(log);
        say(`raw: ${seconds.toFixed(2)} s`);
        pairs.beside.push(log.events / seconds);
      };
      for (const act of round % 2 === 0 ? [beside, ours] : [ours, beside]) await act();
    }
    if (what === cases) await checkReport(log);
    found.push(
      figureOf({ figure: `projections.${figure}`, unit, ...summaryOf(pairs), note: `${note}; beside: raw` }, aim),
      figureOf({ figure: `projections.${figure}.whole`, unit, value: median(whole!), note: 'and verified, and switched to' }),
      figureOf(
        {
          figure: `projections.${figure}.memory`,
          unit: 'MB',
          value: Math.max(...memories!),
          note: 'highest, of the whole process',
        },
        { of: 'value', below: memoryMost },
      ),
    );
  }
  return found;
}
