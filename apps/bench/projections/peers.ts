import { join } from 'node:path';
import { inChild, inTemporaryFolder } from '../children.js';
import { type Aim, type Figure, figureOf, notMeasured } from '../figure.js';
import { installPeers, packages } from '../peers.js';
import { say } from '../say.js';
import { type Pairs, summaryOf } from '../store/pairs.js';
import type { Inlined, InlineTask } from './inline.js';
import { writeLog } from './log.js';
import { catalogue, rebuildOnce } from './rebuilding.js';

const named = { figure: 'projections.peer', unit: 'events/s' };
const aim: Aim = { of: 'ratio', atLeast: 5 };

/** The catalogue's view rebuilt from a log, beside another library that keeps it up while it appends the same events. */
export async function measurePeers(events: number, rounds: number): Promise<Figure[]> {
  const missing = await installPeers();
  if (missing !== undefined) return [notMeasured({ ...named, why: missing }, aim)];
  return inTemporaryFolder(async folder => {
    const log = await writeLog(join(folder, 'ours'), events);
    const pairs: Pairs = { ours: [], beside: [] };
    for (let round = 0; round < rounds; round++) {
      pairs.ours.push(events / (await rebuildOnce(log, catalogue)).loadedSeconds);
      const { seconds, documents } = await inlined(events);
      say(`emmett-sqlite, inline: ${seconds.toFixed(2)} s, ${documents} documents`);
      pairs.beside.push(events / seconds);
    }
    const note = `${catalogue.note}, of ${events} events; beside: emmett-sqlite 0.38.5, which has no rebuild: its inline projection while it appends, a stream at a time`;
    return [figureOf({ ...named, ...summaryOf(pairs), note }, aim)];
  });
}

function inlined(events: number): Promise<Inlined> {
  const { room, names } = catalogue;
  return inTemporaryFolder(folder =>
    inChild<Inlined>(new URL('./inline.js', import.meta.url), {
      folder,
      packages,
      room,
      name: names[0]!,
      events,
    } satisfies InlineTask),
  );
}
