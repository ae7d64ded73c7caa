import type { Context } from './context.js';
import { follow } from './follower.js';
import { activeIn, generationAt, generationsOf, positionOf, tallyOf } from './generations.js';
import type { Projection, View } from './projection.js';
import { eventsIn } from './tally.js';

/**
 * Brings what readers see of a projection to the head of the log, once, for a store that nobody else follows; begun where there is
 * nothing yet. @throws Blocked
 */
export async function catchUp(
  { store, readStore, now }: Pick<Context, 'store' | 'readStore' | 'now'>,
  projection: Projection,
): Promise<{ view: View; position: number; events: number }> {
  const head = await store.head();
  const active = activeIn(await generationsOf(readStore, projection.name));
  const at = active ?? (await readStore.create(projection, { parts: 1, goal: head, state: 'active' }))!;
  const silent = { info: () => {}, error: () => {} };
  const context: Context = { store, readStore, now, owner: 'once', leaseMs: 2_000, log: silent };
  await follow(context, projection, at, { upTo: head, onBlocked: 'fail' }).ended;
  const reached = await generationAt(readStore, at);
  return { view: readStore.view(projection, at), position: positionOf(reached), events: eventsIn(tallyOf(reached)) };
}
