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
export interface Waits {
  looks: number[];
  searches: number[];
}
export interface Reads {
  rest: Waits;
  rebuild: Waits;
  rebuildSeconds: number;
}

const everyMs = 5;
/** What a timer may be late by itself. */
const timerMs = 2;
const searchEach = 50;
const isSearch = (turn: number) => turn % searchEach === 0;
const words = ['帐篷', '救灾物资', '应急响应', '社会救助'];

/** A room's process that answers two hundred reads a second: a page of the list, one document, now and then a search; and rebuilds the view. */
onTask<ReadsTask, Reads>(async ({ settings, name, seconds }) => {
  const { store, readStore, projections } = await openBench(settings);
  const projection = projections.find(one => one.name === name)!;
  const context: Context = {
    ...{ store, readStore, owner: 'room', leaseMs: 2_000, now: () => new Date() },
    log: { info: () => {}, error: (details, message) => console.error(message, details) },
  };
  const running = runProjection(context, projection);
  if (!(await running.waitFor(await store.head(), 60_000))) throw new Error(`${name} does not come to the head`);
  const where = { validity: 'in-force' };
  const { items } = await running.view().find<{ id: string }>('published', { where, limit: 1_000 });

  function read(view: View, turn: number): Promise<unknown> {
    if (isSearch(turn)) return view.find('published', { where, search: words[turn % words.length], limit: 20 });
    if (turn % 2 === 0) return view.get('published', items[(turn * 7919) % items.length]!.id);
    return view.find('published', { where, sort: [['publishedOn', 'desc']], limit: 20 });
  }

  /** From when each was due, less what a timer is late by itself: who is kept waiting counts. Readers do not wait for one another. */
  async function reading(done: () => boolean): Promise<Waits> {
    const waits: Waits = { looks: [], searches: [] };
    const answers: Promise<void>[] = [];
    let due = performance.now();
    for (let turn = 0; !done(); turn++, due += everyMs) {
      const early = due - performance.now();
      if (early > 0) await new Promise(resolve => setTimeout(resolve, early));
      const late = Math.max(0, performance.now() - due - timerMs);
      const begun = performance.now();
      const answered = read(running.view(), turn).then(() => {
        waits[isSearch(turn) ? 'searches' : 'looks'].push(performance.now() - begun + late);
      });
      // Whether one failed is asked at the end.
      answered.catch(() => {});
      answers.push(answered);
    }
    await Promise.all(answers);
    return waits;
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
