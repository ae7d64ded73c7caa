import { join } from 'node:path';
import { openSqliteEventStore } from '#event-store';
import { onTask } from '../children.js';
import { caseloadOf, type Work } from './caseload.js';
import { inTurns, type Pairs } from './pairs.js';
import { openRaw, rowsOf, unchained } from './raw.js';
import { groupsOf, inGroups, inHand, manyCallers, oneByOne } from './ways.js';

export interface AppendTask {
  folder: string;
  what: 'one' | 'together' | 'chain' | 'turns';
  rounds: number;
}

const oneByOneEach = 500;
const groupsEach = 50;
const connections = 4;

onTask<AppendTask, Pairs>(async ({ folder, what, rounds }) => {
  const raw = await openRaw(join(folder, 'raw.db'));
  if (what === 'chain') {
    const bare = await openRaw(join(folder, 'bare.db'));
    const [chained, without] = [rowsOf(inGroups()), unchained(rowsOf(inGroups()))];
    return inTurns(rounds, groupsOf(chained, groupsEach, raw.chained), groupsOf(without, groupsEach, bare.together));
  }
  if (what === 'turns') {
    const others = await Promise.all(Array.from({ length: connections }, () => openRaw(join(folder, 'raw.db'))));
    const rows = rowsOf(caseloadOf({ seed: 1, open: inHand }));
    let turn = 0;
    return inTurns(
      rounds,
      oneByOne(rows, oneByOneEach, row => others[turn++ % connections]!.one(row)),
      oneByOne(rows, oneByOneEach, raw.one),
    );
  }
  const store = await openSqliteEventStore(join(folder, 'ours.db'));
  const append = ({ stream, event, expected }: Work) => store.append(stream, [event], expected);
  const caseload = () => caseloadOf({ seed: 1, open: inHand });
  const pairs = await (what === 'one'
    ? inTurns(rounds, oneByOne(caseload(), oneByOneEach, append), oneByOne(rowsOf(caseload()), oneByOneEach, raw.one))
    : inTurns(rounds, manyCallers(groupsEach, append), groupsOf(rowsOf(inGroups()), groupsEach, raw.together)));
  await store.close();
  raw.close();
  return pairs;
});
