import { type Figure, figureOf } from '../figure.js';
import { say } from '../say.js';
import { type Pairs, summaryOf } from '../store/pairs.js';
import type { Log } from './log.js';
import { catalogue, rebuildOnce } from './rebuilding.js';

/** The same view in two parts, each in a thread of its own, beside one. */
export async function measureWorkers(log: Log, rounds: number): Promise<Figure[]> {
  const pairs: Pairs = { ours: [], beside: [] };
  for (let round = 0; round < rounds; round++) {
    for (const parts of round % 2 === 0 ? [1, 2] : [2, 1]) {
      const { loadedSeconds } = await rebuildOnce(log, catalogue, { parts });
      say(`catalogue in ${parts} ${parts === 1 ? 'part' : 'parts'}: loaded in ${loadedSeconds.toFixed(2)} s`);
      pairs[parts === 2 ? 'ours' : 'beside'].push(log.events / loadedSeconds);
    }
  }
  const note = `${catalogue.note}, in two parts in two threads; beside: one`;
  return [
    figureOf({ figure: 'projections.two-workers', unit: 'events/s', ...summaryOf(pairs), note }, { of: 'ratio', atLeast: 1.6 }),
  ];
}
