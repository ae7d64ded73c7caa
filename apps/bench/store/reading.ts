import { join } from 'node:path';
import { inChild, inTemporaryFolder } from '../children.js';
import { type Figure, figureOf } from '../figure.js';
import { say } from '../say.js';
import type { Filled, FillTask } from './fill.js';
import { summaryOf } from './pairs.js';
import type { ReadPairs, ReadTask } from './read.js';

/** Reads through the port beside the same rows read by nothing but the engine. */
export async function measureReading(streams: number, rounds: number): Promise<Figure[]> {
  return inTemporaryFolder(async folder => {
    say(`writing ${streams} streams to read from`);
    const { short, long, ...filled } = await inChild<Filled>(new URL('./fill.js', import.meta.url), {
      file: join(folder, 'events.db'),
      streams,
      events: 0,
      // Of these only requests have three events, and nothing has more.
      only: ['channels.placement', 'channels.post', 'requests.request'],
    } satisfies FillTask);
    say(`${filled.events} events, ${Math.round(filled.bytes)} bytes each, in ${streams + long.length} streams; reading them`);
    const pairs = await inChild<ReadPairs>(new URL('./read.js', import.meta.url), {
      folder,
      short,
      long,
      rounds,
    } satisfies ReadTask);
    return [
      figureOf(
        {
          figure: 'store.read.all',
          unit: 'events/s',
          ...summaryOf(pairs.all),
          note: 'pages of 500; beside: raw cursor, data and metadata parsed',
        },
        { of: 'ratio', atLeast: 0.85 },
      ),
      figureOf(
        {
          figure: 'store.read.stream-of-1000',
          unit: 'streams/s',
          ...summaryOf(pairs.long),
          note: 'beside: raw indexed select, data and metadata parsed',
        },
        { of: 'ratio', atLeast: 0.7 },
      ),
      figureOf(
        {
          figure: 'store.read.stream-of-3',
          unit: 'streams/s',
          ...summaryOf(pairs.short),
          note: `among ${streams + long.length} streams; beside: raw indexed select, data and metadata parsed`,
        },
        { of: 'ratio', atLeast: 0.7 },
      ),
    ];
  });
}
