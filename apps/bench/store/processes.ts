import { join } from 'node:path';
import { inChild, inTemporaryFolder } from '../children.js';
import type { WriterTask, Written } from '../commands/writer.js';
import { type Figure, figureOf } from '../figure.js';
import { say } from '../say.js';
import { summaryOf } from './pairs.js';

const writer = new URL('../commands/writer.js', import.meta.url);
const processes = 4;
const startingMs = 1_500;

/** Four processes on one file, as the services are, and one process alone on the same file, in turns. */
export async function measureProcesses(rounds: number, seconds: number): Promise<Figure[]> {
  const four: Written[][] = [];
  const one: Written[] = [];
  await inTemporaryFolder(async folder => {
    let seeds = 0;
    const together = (count: number) => {
      const from = Date.now() + startingMs;
      const task = { file: join(folder, 'events.db'), from, to: from + seconds * 1000 };
      const writers = Array.from({ length: count }, () => ({ ...task, seed: ++seeds }) satisfies WriterTask);
      return Promise.all(writers.map(each => inChild<Written>(writer, each)));
    };
    for (let round = 1; round <= rounds; round += 1) {
      one.push(...(await together(1)));
      four.push(await together(processes));
      say(
        `four processes ${round}/${rounds}: ${four.at(-1)!.map(({ appends }) => appends)} appends, alone ${one.at(-1)!.appends}`,
      );
    }
  });
  const sum = (all: Written[]) => all.reduce((total, { appends }) => total + appends, 0);
  const shares = four.map(written => written.map(({ appends }) => appends));
  return [
    figureOf(
      {
        figure: 'store.four-processes',
        unit: 'events/s',
        ...summaryOf({ ours: four.map(all => sum(all) / seconds), beside: one.map(({ appends }) => appends / seconds) }),
        note: 'one caller each; beside: one process with one caller',
      },
      { of: 'ratio', atLeast: 0.8 },
    ),
    figureOf(
      {
        figure: 'store.four-processes.fairness',
        value: Math.min(...shares.map(counts => Math.min(...counts) / Math.max(...counts))),
        unit: 'least/most',
        note: 'the worst of the rounds',
      },
      { of: 'value', atLeast: 0.5 },
    ),
    figureOf(
      {
        figure: 'store.four-processes.p99',
        value: Math.max(...four.flat().map(({ p99 }) => p99)),
        unit: 'ms',
        note: 'of the worst process in the worst round',
      },
      { of: 'value', below: 100 },
    ),
  ];
}
