import { catalogueBench } from '#catalogue';
import { startChild } from '../children.js';
import { type Figure, figureOf, percentile } from '../figure.js';
import { say } from '../say.js';
import type { LiveTask, Seen } from './live.js';
import type { WriteTask, Written } from './live-writer.js';
import type { Log } from './log.js';

const p99Most = 20;

/** From the call of append to where a query sees it, over the view of the whole log with its search: in one process, and in two. */
export async function measureVisible(log: Log, count: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const alone of [true, false]) {
    say(`appended and seen, in ${alone ? 'one process' : 'two processes'}`);
    const waits = await waitsOf(log, count, alone);
    const figure = `projections.live.${alone ? 'one-process' : 'two-processes'}`;
    const note = `from the call of append to where a query sees it; ${alone ? 'all in one process' : 'appended by another process'}`;
    figures.push(
      figureOf({ figure: `${figure}.p50`, unit: 'ms', value: percentile(waits, 0.5), note }),
      figureOf({ figure: `${figure}.p99`, unit: 'ms', value: percentile(waits, 0.99), note }, { of: 'value', below: p99Most }),
    );
  }
  return figures;
}

async function waitsOf({ folder: dataFolder }: Log, count: number, alone: boolean): Promise<number[]> {
  const room = startChild(new URL('./live.js', import.meta.url));
  const writer = alone ? null : startChild(new URL('./live-writer.js', import.meta.url));
  try {
    room.send({ settings: { room: catalogueBench, dataFolder }, name: 'records', count, alone } satisfies LiveTask);
    if (!writer) {
      const { seenAtMs, appendedAtMs } = await room.answer<Seen>();
      return seenAtMs.map((at, index) => at - appendedAtMs[index]!);
    }
    await room.answer();
    const seen = room.answer<Seen>();
    writer.send({ dataFolder, count } satisfies WriteTask);
    const { appendedAtMs } = await writer.answer<Written>();
    return (await seen).seenAtMs.map((at, index) => at - appendedAtMs[index]!);
  } finally {
    await writer?.stop();
    await room.stop();
  }
}
