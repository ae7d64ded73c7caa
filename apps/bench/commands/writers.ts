import { join } from 'node:path';
import { inChild, inTemporaryFolder } from '../children.js';
import { type Figure, figureOf } from '../figure.js';
import { say } from '../say.js';
import type { WriterTask, Written } from './writer.js';

const writer = new URL('./writer.js', import.meta.url);
const names = ['1', '2', '3', '4'];
const startingMs = 2_000;

/** Four processes on one store file, as the services are: none may starve and none may wait long. */
export async function measureWriters(seconds: number): Promise<Figure[]> {
  say(`${names.length} writing processes for ${seconds} s`);
  const written = await inTemporaryFolder(folder => {
    const from = Date.now() + startingMs;
    const task = { file: join(folder, 'events.db'), from, to: from + seconds * 1000 };
    return Promise.all(names.map(name => inChild<Written>(writer, { ...task, seed: Number(name) } satisfies WriterTask)));
  });
  for (const [index, { appends, p99, longest }] of written.entries()) {
    say(`writer ${names[index]}: ${appends} appends, p99 ${p99.toFixed(1)} ms, longest ${longest.toFixed(1)} ms`);
  }
  const counts = written.map(({ appends }) => appends);
  return [
    ...names.map((name, index) =>
      figureOf({ figure: `writers.${name}.appends`, value: counts[index]! / seconds, unit: 'appends/s' }),
    ),
    figureOf(
      { figure: 'writers.fairness', value: Math.min(...counts) / Math.max(...counts), unit: 'least/most' },
      { of: 'value', atLeast: 0.5 },
    ),
    figureOf(
      { figure: 'writers.p99.worst', value: Math.max(...written.map(({ p99 }) => p99)), unit: 'ms' },
      { of: 'value', below: 100 },
    ),
  ];
}
