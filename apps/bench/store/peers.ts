import { inChild, inTemporaryFolder } from '../children.js';
import { type Aim, type Figure, figureOf, notMeasured } from '../figure.js';
import { installPeers, packages } from '../peers.js';
import { say } from '../say.js';
import { type Pairs, summaryOf } from './pairs.js';
import type { PeerTask } from './peer.js';

const peer = new URL('./peer.js', import.meta.url);
const unit = 'events/s';

const comparisons: readonly { figure: string; what: PeerTask['what']; note: string; aim?: Aim }[] = [
  { figure: 'store.peer.one', what: 'one', note: 'beside: emmett-sqlite 0.38.5, one caller, its documented store' },
  {
    figure: 'store.peer.64',
    what: 'retrying',
    note: 'beside: emmett-sqlite 0.38.5, 64 callers, a connection each, retry on busy',
    aim: { of: 'ratio', atLeast: 3 },
  },
  {
    figure: 'store.peer.64-in-a-queue',
    what: 'queueing',
    note: 'beside: emmett-sqlite 0.38.5, 64 callers, one connection, a queue of ours before it',
    aim: { of: 'ratio', atLeast: 3 },
  },
];

/** Another library's store on the same engine, with the same events, in turns. */
export async function measurePeers(rounds: number): Promise<Figure[]> {
  const missing = await installPeers();
  const figures: Figure[] = [];
  for (const { figure, what, note, aim } of comparisons) {
    if (missing !== undefined) {
      figures.push(notMeasured({ figure, unit, why: missing }, aim));
      continue;
    }
    say(`beside emmett-sqlite: ${what}`);
    const pairs = await inTemporaryFolder(folder => inChild<Pairs>(peer, { folder, packages, what, rounds } satisfies PeerTask));
    figures.push(figureOf({ figure, unit, ...summaryOf(pairs), note }, aim));
  }
  return figures;
}
