import type { EventStore } from '#event-store';
import { build, type Context, openSqliteViews, runProjection, verdictOf, verify } from '#projections';
import type { Faults } from '../store/ledger.js';
import { judge, type Said } from './judge.js';
import { ledgers, projections } from './views.js';

const leaseMs = 500;
const withinMs = 120_000;

/** A process that is left alive brings everything to the head, a rebuild that was cut short included: then nothing may be missing. */
export async function atTheEnd({ views }: { views: string }, store: EventStore, said: Said, faults: Faults): Promise<void> {
  const readStore = await openSqliteViews(views);
  const log = { info: () => {}, error: () => {} };
  const limits = { retryMs: [1] };
  const context: Context = { store, readStore, owner: 'the-last', leaseMs, now: () => new Date(), log, limits };
  const head = await store.head();
  const running = projections.map(projection => runProjection(context, projection));
  for (const [index, runner] of running.entries())
    if (!(await runner.waitFor(head, withinMs)))
      faults.lost.push(`${projections[index]!.name} does not come to the head (${JSON.stringify(runner.status())})`);
  const { generation } = await build(context, ledgers, { signal: AbortSignal.timeout(withinMs) });
  if (generation.state !== 'active') faults.differ.push(`the last rebuild is ${generation.state}: ${generation.note.error}`);
  await Promise.all(running.map(runner => runner.stop()));
  await judge(store, readStore, said, faults);
  for (const one of await readStore.generations()) {
    const found = await verify(
      { store, readStore },
      projections.find(({ name }) => name === one.projection)!,
      one,
    );
    if (!found.passed) faults.differ.push(`${one.projection} generation ${one.generation}: ${verdictOf(found).en}`);
    if (one.state === 'active' && found.position < head)
      faults.lost.push(`${one.projection} stands at ${found.position} of ${head}`);
  }
  await readStore.close();
}
