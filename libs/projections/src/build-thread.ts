import { parentPort, workerData } from 'node:worker_threads';
import type { EventStore } from '#event-store';
import type { Limits } from './context.js';
import { Blocked, follow, type FollowerStatus, type FollowOptions } from './follower.js';
import type { Projection } from './projection.js';
import type { DeadLetter, ReadStore, Ref } from './read-store.js';

/** What a part of a build is done with. */
export interface Bench {
  /** With today's versions of events; personal data stays as it is stored. */
  store: EventStore;
  readStore: ReadStore;
  projections: readonly Projection[];
}

export interface Task {
  module: string;
  settings: unknown;
  name: string;
  version: number;
  at: Ref;
  options: Omit<FollowOptions, 'moved'>;
  context: { owner: string; leaseMs: number; limits: Limits };
}

export type Told =
  | { status: FollowerStatus; moved: [position: number, events: number] }
  | { logged: object; level: 'info' | 'error'; message: string }
  | { blocked: DeadLetter }
  | { failed: string }
  | { done: true };

const port = parentPort!;
const tell = (told: Told) => port.postMessage(told);

const { module, settings, name, version, at, options, context } = workerData as Task;
const { openBench } = (await import(module)) as { openBench(settings: unknown): Promise<Bench> };

/** An error loses its class on the way; its words and its trace stay. */
function plain(details: object): object {
  return JSON.parse(
    JSON.stringify(details, (_, value: unknown) =>
      value instanceof Error ? { type: value.name, message: value.message, stack: value.stack } : value,
    ),
  ) as object;
}

async function run({ store, readStore, projections }: Bench): Promise<Told> {
  const projection = projections.find(one => one.name === name && one.version === version);
  if (!projection) return { failed: `${module} has no ${name} version ${version}` };
  const follower = follow(
    {
      ...{ store, readStore, ...context },
      now: () => new Date(),
      log: {
        info: (details, message) => tell({ logged: plain(details), level: 'info', message }),
        error: (details, message) => tell({ logged: plain(details), level: 'error', message }),
      },
    },
    projection,
    at,
    { ...options, moved: (...moved) => tell({ status: follower.status(), moved }) },
  );
  port.on('message', () => void follower.stop());
  try {
    await follower.ended;
    return { done: true };
  } catch (error) {
    return error instanceof Blocked
      ? { blocked: error.letter }
      : { failed: error instanceof Error ? error.message : String(error) };
  }
}

const bench = await openBench(settings);
try {
  tell(await run(bench));
} finally {
  await bench.readStore.close();
  await bench.store.close();
  port.close();
}
