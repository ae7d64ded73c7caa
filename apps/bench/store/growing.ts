import { statSync } from 'node:fs';
import { join } from 'node:path';
import { inChild, inTemporaryFolder } from '../children.js';
import { type Figure, figureOf } from '../figure.js';
import { say } from '../say.js';
import type { Filled, FillTask } from './fill.js';
import type { Growth, GrowthTask, Log, Memory } from './growth.js';
import { summaryOf } from './pairs.js';

const [fill, growth] = [new URL('./fill.js', import.meta.url), new URL('./growth.js', import.meta.url)];
const rows: readonly [keyof Growth, string, string][] = [
  ['one', 'append, one caller', 'events/s'],
  ['together', 'append, 64 callers', 'events/s'],
  ['log', 'read the log, from anywhere', 'events/s'],
  ['streams', 'read a stream, from anywhere', 'streams/s'],
];

/** A log five times as long, in turns with the short one: how fast was in the first minute says little about the tenth. */
export async function measureGrowth(small = 1_000_000, large = 5_000_000, rounds = 21): Promise<Figure[]> {
  return inTemporaryFolder(async folder => {
    const logs: Record<'small' | 'large', Log> = {
      small: await filled(join(folder, 'small.db'), small),
      large: await filled(join(folder, 'large.db'), large),
    };
    const memories: number[] = [];
    for (const alone of [logs.small, logs.large]) {
      say('reading a whole log, for its memory');
      memories.push((await inChild<Memory>(growth, { alone } satisfies GrowthTask)).memory);
    }
    say('the long log and the short one, in turns');
    // As many streams of the one as of the other, from all over it: else more of the short log's would be at hand.
    const streams = Math.min(logs.small.streams.length, logs.large.streams.length);
    for (const log of Object.values(logs)) log.streams = spread(log.streams, streams);
    const found = await inChild<Growth>(growth, { ...logs, rounds } satisfies GrowthTask);
    const named = `${large / 1_000_000}M events; beside: ${small / 1_000_000}M`;
    return [
      ...rows.map(([what, text, unit]) =>
        figureOf(
          { figure: `store.growth.${what}`, unit, ...summaryOf(found[what]), note: `${text}: ${named}` },
          { of: 'ratio', atLeast: 0.9 },
        ),
      ),
      figureOf(
        {
          figure: 'store.growth.memory',
          unit: 'MB',
          value: memories[1]!,
          baseline: memories[0]!,
          note: `whole log read and 19,200 events appended: ${named}`,
        },
        { of: 'ratio', below: 1.1 },
      ),
    ];
  });
}

function spread<T>(all: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)]!);
}

async function filled(file: string, events: number): Promise<Log> {
  say(`writing a log of ${events}`);
  const { short, bytes } = await inChild<Filled>(fill, { file, streams: 0, events } satisfies FillTask);
  say(`${Math.round(bytes)} bytes an event, the file ${Math.round(statSync(file).size / events)} an event`);
  return { file, streams: short };
}
