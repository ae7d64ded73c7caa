import { join } from 'node:path';
import { inTemporaryFolder, startChild } from '../children.js';
import { type Figure, figureOf, percentile } from '../figure.js';
import type { FollowTask, Seen } from './wake-follower.js';
import type { KnockTask } from './wake-writer.js';

/** Committed by one process, met by a subscriber of another, while nothing else happens. */
export async function measureWake(count: number): Promise<Figure[]> {
  const { latenciesMs } = await inTemporaryFolder(async folder => {
    const file = join(folder, 'events.db');
    const follower = startChild(new URL('./wake-follower.js', import.meta.url));
    const writer = startChild(new URL('./wake-writer.js', import.meta.url));
    try {
      follower.send({ file, count } satisfies FollowTask);
      await follower.answer();
      const seen = follower.answer<Seen>();
      writer.send({ file, count } satisfies KnockTask);
      await writer.answer();
      return await seen;
    } finally {
      await writer.stop();
      await follower.stop();
    }
  });
  const unit = 'ms';
  const note = 'from the call of append in one process to the handler in another, both idle';
  return [
    figureOf({ figure: 'store.wake.p50', value: percentile(latenciesMs, 0.5), unit, note }),
    figureOf(
      { figure: 'store.wake.p99', value: percentile(latenciesMs, 0.99), unit, note: `${note}; ES-50 allows 250` },
      { of: 'value', below: 50 },
    ),
  ];
}
