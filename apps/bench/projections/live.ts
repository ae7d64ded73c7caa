import { type Context, runProjection } from '#projections';
import { onTask } from '../children.js';
import { nowMs, openBench, type Settings } from './bench.js';
import { draftsOf } from './drafts.js';

export interface LiveTask {
  settings: Settings;
  name: string;
  count: number;
  /** This process appends too, as when the whole house is one process. */
  alone: boolean;
}
/** Instants of `nowMs`. */
export interface Seen {
  seenAtMs: number[];
  appendedAtMs: number[];
}

/** A room's process: keeps its view up, and notes when each of the next events is to be seen in it. */
onTask<LiveTask, Seen>(async ({ settings, name, count, alone }) => {
  const { store, readStore, projections } = await openBench(settings);
  const context: Context = {
    ...{ store, readStore, owner: 'room', leaseMs: 2_000, now: () => new Date() },
    log: { info: () => {}, error: (details, message) => console.error(message, details) },
  };
  const running = runProjection(
    context,
    projections.find(one => one.name === name)!,
  );
  const head = await store.head();
  if (!(await running.waitFor(head, 60_000))) throw new Error(`${name} does not come to ${head}`);
  const seenAtMs: number[] = [];
  const appendedAtMs: number[] = [];
  const drafts = draftsOf(1);
  if (!alone) process.send!({ following: true });
  for (let position = head + 1; position <= head + count; position++) {
    if (alone) appendedAtMs.push(await drafts.appendOne(store));
    if (!(await running.waitFor(position, 60_000))) throw new Error(`${name} does not come to ${position}`);
    seenAtMs.push(nowMs());
    if (alone) await drafts.pause();
  }
  await running.stop();
  return { seenAtMs, appendedAtMs };
});
