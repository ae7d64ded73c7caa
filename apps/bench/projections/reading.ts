import { catalogueBench } from '#catalogue';
import { inChild } from '../children.js';
import { type Aim, type Figure, figureOf, percentile } from '../figure.js';
import { say } from '../say.js';
import type { Log } from './log.js';
import type { Reads, ReadsTask, Waits } from './reads.js';

const aim: Aim = { of: 'ratio', atMost: 2 };

/** What readers of the catalogue wait while it is rebuilt under them, beside what they wait at rest. */
export async function measureReads({ folder: dataFolder }: Log, seconds: number): Promise<Figure[]> {
  say('reads at rest, and during a rebuild');
  const { rest, rebuild, rebuildSeconds } = await inChild<Reads>(new URL('./reads.js', import.meta.url), {
    settings: { room: catalogueBench, dataFolder },
    name: 'records',
    seconds,
  } satisfies ReadsTask);
  say(
    `rebuilt in ${rebuildSeconds.toFixed(1)} s, ${rebuild.looks.length} looks and ${rebuild.searches.length} searches meanwhile`,
  );
  const note = '200 reads/s in the process that rebuilds, in a thread; beside: at rest';
  const of = (what: keyof Waits, part: number) => ({
    unit: 'ms',
    value: percentile(rebuild[what], part),
    baseline: percentile(rest[what], part),
  });
  return [
    figureOf({ figure: 'projections.reads.p50', ...of('looks', 0.5), note: `lists and documents, ${note}` }),
    figureOf({ figure: 'projections.reads.p99', ...of('looks', 0.99), note: `lists and documents, ${note}` }, aim),
    figureOf({ figure: 'projections.searches.p99', ...of('searches', 0.99), note: `searches, ${note}` }, aim),
  ];
}
