import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Actor } from '#contracts';
import { keyedDigests } from '#commands';
import { openKeys, systemClock } from '#platform';
import type { Operations } from '#projections';
import { type Files, rooms } from './files.js';

const leaseDefaultMs = 10_000;

/** Whoever sits at the machine: its own name for them, or one they give. */
export function operator(): Actor {
  const name = process.env['GONGKAI_OPERATOR'] || userInfo().username;
  return { person: `operator:${name}`.slice(0, 100), name, roles: ['operator'] };
}

/** What an order to a room's projections is carried out with, for as long as `use` works on it. */
export async function withOperations<T>(files: Files, room: string, use: (operations: Operations) => Promise<T>): Promise<T> {
  const { config, store } = files;
  const keys = await openKeys(config);
  try {
    const clock = systemClock(config.timeZone);
    return await use({
      store,
      readStore: await files.readStore(room),
      projections: rooms[room] ?? [],
      room,
      owner: `ops-${randomUUID()}`,
      leaseMs: leaseDefaultMs,
      digests: keyedDigests(await keys.secret('command-digests'), keys),
      now: () => clock.now(),
      today: () => clock.today(),
      // What comes of it is printed.
      log: { info: () => {}, error: () => {} },
    });
  } finally {
    await keys.close();
  }
}
