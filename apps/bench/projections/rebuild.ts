import { buildInThreads, type Context } from '#projections';
import { onTask } from '../children.js';
import { loaded, nowMs, openBench, type Settings } from './bench.js';

export interface RebuildTask {
  settings: Settings;
  /** Projections, one after the other. */
  names: string[];
  parts: number;
}
export interface Rebuilt {
  /** From the order to where the view holds the log and can be searched; and to where it is verified, and what readers see. */
  loadedSeconds: number;
  seconds: number;
  /** Highest resident memory of the process, in MB. */
  memory: number;
}

/** As a room does it, or `ops`: in a thread, or with several parts in several. */
onTask<RebuildTask, Rebuilt>(async ({ settings, names, parts }) => {
  const bench = await openBench(settings);
  const { store, readStore, projections } = bench;
  const context: Context = {
    ...{ store, readStore, owner: 'bench', leaseMs: 10_000, now: () => new Date() },
    log: { info: () => {}, error: (details, message) => console.error(message, details) },
  };
  const build = buildInThreads({ module: new URL('./bench.js', import.meta.url).href, settings });
  const channel = loaded();
  let [loadedSeconds, seconds] = [0, 0];
  for (const name of names) {
    const begun = nowMs();
    const loadedAt = new Promise<number>(
      resolve => (channel.onmessage = message => resolve((message as MessageEvent<number>).data)),
    );
    const { generation } = await build(
      context,
      projections.find(one => one.name === name)!,
      { parts },
    );
    seconds += (nowMs() - begun) / 1000;
    // A rebuild that is fast and wrong is no figure.
    if (generation.state !== 'active' || !generation.note.verification?.passed) throw new Error(JSON.stringify(generation));
    loadedSeconds += ((await loadedAt) - begun) / 1000;
  }
  const memory = process.resourceUsage().maxRSS / 1024;
  channel.close();
  await bench.close();
  return { loadedSeconds, seconds, memory };
});
