import { catalogueBench } from '#catalogue';
import { inChild } from '../children.js';
import { type Figure, figureOf, percentile } from '../figure.js';
import { say } from '../say.js';
import type { Log } from './log.js';
import type { Reads, ReadsTask } from './reads.js';

/** What readers of the catalogue wait while it is rebuilt under them, beside what they wait at rest. */
export async function measureReads({ folder: dataFolder }: Log, seconds: number): Promise<Figure[]> {
  say('reads at rest, and during a rebuild');
  const { rest, rebuild, rebuildSeconds } = await inChild<Reads>(new URL('./reads.js', import.meta.url), {
    settings: { room: catalogueBench, dataFolder },
    name: 'records',
    seconds,
  } satisfies ReadsTask);
  say(`rebuilt in ${rebuildSeconds.toFixed(1)} s, ${rebuild.length} reads meanwhile`);
  const note = 'two hundred a second, lists, documents and searches, in the process that rebuilds in a thread';
  const of = (part: number) => ({ unit: 'ms', value: percentile(rebuild, part), baseline: percentile(rest, part) });
  return [
    figureOf({ figure: 'projections.reads.p50', ...of(0.5), note: `${note}; beside: at rest` }),
    figureOf({ figure: 'projections.reads.p99', ...of(0.99), note: `${note}; beside: at rest` }, { of: 'ratio', atMost: 2 }),
    figureOf({ figure: 'projections.reads.longest', ...of(1), note: `${note}; beside: at rest` }),
  ];
}
