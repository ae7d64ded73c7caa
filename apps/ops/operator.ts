import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Actor } from '#contracts';
import { keyedDigests } from '#commands';
import { buildWith, openKeys, systemClock } from '#platform';
import { leaseMsFor, type Operations } from '#projections';
import { benches, type Files, rooms } from './files.js';

/** Whoever sits at the machine: its own name for them, or one they give. */
export function operator(): Actor {
  const name = (process.env['GONGKAI_OPERATOR'] || userInfo().username).slice(0, 100);
  return { person: `operator:${name}`.slice(0, 100), name, roles: ['operator'] };
}

/** What an order to a room's projections is carried out with, for as long as `use` works on it. */
export async function withOperations<T>(files: Files, room: string, use: (operations: Operations) => Promise<T>): Promise<T> {
  const { config, store } = files;
  const keys = await openKeys(config, await files.mongo());
  try {
    const clock = systemClock(config.timeZone);
    const readStore = await files.readStore(room);
    return await use({
      store,
      readStore,
      projections: rooms[room] ?? [],
      room,
      owner: `ops-${randomUUID()}`,
      leaseMs: config.leaseMs ?? leaseMsFor(readStore),
      digests: keyedDigests(await keys.secret('command-digests'), keys),
      now: () => clock.now(),
      today: () => clock.today(),
      // What comes of it is printed.
      log: { info: () => {}, error: () => {} },
      build: buildWith(benches[room]!, config),
    });
  } finally {
    await keys.close();
  }
}
