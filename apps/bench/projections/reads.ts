import { buildInThreads, type Context, runProjection, type View } from '#projections';
import { onTask } from '../children.js';
import { openBench, type Settings } from './bench.js';

export interface ReadsTask {
  settings: Settings;
  name: string;
  /** At rest, before the rebuild. */
  seconds: number;
}
/** Of each read, in milliseconds. */
export interface Reads {
  rest: number[];
  rebuild: number[];
  rebuildSeconds: number;
}

const everyMs = 5;
/** What a timer may be late by itself. */
const timerMs = 2;
const words = ['帐篷', '救灾物资', '应急响应', '社会救助'];

/** A room's process that answers two hundred reads a second: a page of the list, one document, a search; and meanwhile rebuilds the view. */
onTask<ReadsTask, Reads>(async ({ settings, name, seconds }) => {
  const { store, readStore, projections } = await openBench(settings);
  const projection = projections.find(one => one.name === name)!;
  const context: Context = {
    ...{ store, readStore, owner: 'room', leaseMs: 2_000, now: () => new Date() },
    log: { info: () => {}, error: (details, message) => console.error(message, details) },
  };
  const running = runProjection(context, projection);
  if (!(await running.waitFor(await store.head(), 60_000))) throw new Error(`${name} does not come to the head`);
  const { items } = await running.view().find<{ id: string }>('published', { where: { validity: 'in-force' }, limit: 1_000 });
  let turn = 0;
  const read = (view: View): Promise<unknown> => {
    turn++;
    if (turn % 10 === 0)
      return view.find('published', { where: { validity: 'in-force' }, search: words[turn % words.length], limit: 20 });
    if (turn % 2 === 0) return view.get('published', items[(turn * 7919) % items.length]!.id);
    const sort = [['publishedOn', 'desc']] as const;
    return view.find('published', { where: { validity: 'in-force' }, sort, limit: 20 });
  };

  /** From when each was due, less what a timer is late by itself: who is kept waiting counts. */
  async function reading(done: () => boolean): Promise<number[]> {
    const taken: number[] = [];
    for (let due = performance.now(); !done(); due += everyMs) {
      const early = due - performance.now();
      if (early > 0) await new Promise(resolve => setTimeout(resolve, early));
      const begun = performance.now();
      await read(running.view());
      taken.push(performance.now() - begun + Math.max(0, begun - due - timerMs));
    }
    return taken;
  }

  const until = (ms: number) => {
    const end = performance.now() + ms;
    return () => performance.now() > end;
  };
  await reading(until(2_000));
  const rest = await reading(until(seconds * 1_000));
  const build = buildInThreads({ module: new URL('./bench.js', import.meta.url).href, settings });
  let rebuilt = false;
  const begun = performance.now();
  const building = build(context, projection).finally(() => (rebuilt = true));
  const rebuild = await reading(() => rebuilt);
  const { generation } = await building;
  if (generation.state !== 'active') throw new Error(JSON.stringify(generation));
  const rebuildSeconds = (performance.now() - begun) / 1000;
  await running.stop();
  return { rest, rebuild, rebuildSeconds };
});
