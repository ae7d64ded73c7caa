import { inTemporaryFolder } from '../children.js';
import { type Figure, figureOf } from '../figure.js';
import { say } from '../say.js';
import { writeLog } from './log.js';
import { cases, catalogue, figures, rebuildOnce, type What } from './rebuilding.js';

const memoryMost = 300;

/** A log ten times as long beside the short one: what was fast in the first minute may not be in the tenth. */
export async function measureGrowth(small = 1_000_000, large = 10_000_000): Promise<Figure[]> {
  return inTemporaryFolder(async folder => {
    const found = new Map<What, { speeds: number[]; memories: number[] }>();
    for (const events of [small, large]) {
      const log = await writeLog(`${folder}/${events}`, events);
      for (const what of [figures, cases, catalogue]) {
        const { loadedSeconds, seconds, memory } = await rebuildOnce(log, what);
        say(
          `${what.figure}: loaded in ${loadedSeconds.toFixed(1)} s, proven in ${seconds.toFixed(1)} s, ${Math.round(memory)} MB`,
        );
        const { speeds, memories } = found.get(what) ?? { speeds: [], memories: [] };
        found.set(what, { speeds: [...speeds, events / loadedSeconds], memories: [...memories, memory] });
      }
    }
    return [...found].flatMap(([{ figure, note }, { speeds, memories }]) => {
      const named = `${note}: ${large / 1_000_000}M events; beside: ${small / 1_000_000}M`;
      const [[baseline, value], [memoryBefore, memory]] = [speeds, memories] as [[number, number], [number, number]];
      return [
        figureOf(
          { figure: `projections.growth.${figure}`, unit: 'events/s', value, baseline, note: named },
          { of: 'ratio', atLeast: 0.9 },
        ),
        figureOf(
          { figure: `projections.growth.${figure}.memory`, unit: 'MB', value: memory, baseline: memoryBefore, note: named },
          { of: 'value', below: memoryMost },
        ),
      ];
    });
  });
}
