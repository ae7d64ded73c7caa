import { inChild, inTemporaryFolder } from '../children.js';
import { type Aim, type Figure, figureOf } from '../figure.js';
import { say } from '../say.js';
import type { AppendTask } from './append.js';
import { measureEncryption } from './encryption.js';
import { measureGrowth } from './growing.js';
import { type Pairs, summaryOf } from './pairs.js';
import { measurePeers } from './peers.js';
import { measureProcesses } from './processes.js';
import { measureReading } from './reading.js';
import { measureWake } from './wake.js';

const append = new URL('./append.js', import.meta.url);
const appendRounds = 41;

const appends: readonly { figure: string; what: AppendTask['what']; note: string; aim?: Aim }[] = [
  {
    figure: 'store.append.one',
    what: 'one',
    note: 'one caller, one event, FULL; beside: raw, one commit each',
    aim: { of: 'ratio', atLeast: 0.55 },
  },
  {
    figure: 'store.append.64',
    what: 'together',
    note: '64 callers, one event each, FULL, hash chain; beside: raw, batches of 64',
    aim: { of: 'ratio', atLeast: 0.6 },
  },
  {
    figure: 'store.hash-chain',
    what: 'chain',
    note: 'raw, groups of 64, hashes computed and stored; beside: neither (the store itself always chains)',
    aim: { of: 'ratio', atLeast: 0.8 },
  },
  {
    figure: 'store.raw.four-connections',
    what: 'turns',
    note: 'raw, four connections of one thread in turns, nobody waits; beside: one: what taking turns costs the engine itself',
  },
];

/** The event store beside what its engine does alone, and beside others. */
export async function measureStore({ full }: { full: boolean }): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { figure, what, note, aim } of appends) {
    say(`append: ${what}`);
    const pairs = await inTemporaryFolder(folder =>
      inChild<Pairs>(append, { folder, what, rounds: appendRounds } satisfies AppendTask),
    );
    figures.push(figureOf({ figure, unit: 'events/s', ...summaryOf(pairs), note }, aim));
  }
  figures.push(
    ...(await measureProcesses(5, 2)),
    ...(await measureWake(300)),
    ...measureEncryption(),
    ...(await measureReading(1_000_000, 15)),
    ...(await measurePeers(5)),
  );
  if (full) figures.push(...(await measureGrowth()));
  return figures;
}
