import { constants, getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { EventStore } from '#event-store';
import { build, type BuildOptions, type Built } from './build.js';
import { followInThreads } from './build-worker.js';
import type { Context, Limits } from './context.js';
import { Blocked, follow, type FollowerStatus, type FollowOptions } from './follower.js';
import type { Projection } from './projection.js';
import { type DeadLetter, GenerationGone, type ReadStore, type Ref } from './read-store.js';
import type { Progress } from './progress.js';

/** What a thread works with. */
export interface Bench {
  /** With today's versions of events; personal data stays as it is stored. */
  store: EventStore;
  readStore: ReadStore;
  projections: readonly Projection[];
  close(): Promise<void>;
}

/** A whole build, or one part of one. */
export interface Task {
  module: string;
  settings: unknown;
  name: string;
  version: number;
  job: { build: Omit<BuildOptions, 'signal' | 'progress' | 'follow'> } | { at: Ref; options: Omit<FollowOptions, 'moved'> };
  context: { owner: string; leaseMs: number; limits?: Partial<Limits> };
}

export type Told =
  | { progress: Progress }
  | { status: FollowerStatus; moved: [position: number, events: number] }
  | { logged: object; level: 'info' | 'error'; message: string }
  | { done: Built | null }
  | { blocked: DeadLetter }
  | { gone: string }
  | { failed: string };

// A build gives way to whoever answers. Elsewhere than on Linux this would be said of the whole process.
const low = constants.priority.PRIORITY_BELOW_NORMAL;
if (process.platform === 'linux' && getPriority() < low) setPriority(low);

const port = parentPort!;
const tell = (told: Told) => port.postMessage(told);

const { module, settings, name, version, job, context } = workerData as Task;
const stopping = new AbortController();
port.on('message', () => stopping.abort());
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
  const here: Context = {
    ...{ store, readStore, ...context },
    now: () => new Date(),
    log: {
      info: (details, message) => tell({ logged: plain(details), level: 'info', message }),
      error: (details, message) => tell({ logged: plain(details), level: 'error', message }),
    },
  };
  try {
    return { done: await ('build' in job ? buildHere(here, projection, job.build) : followHere(here, projection, job)) };
  } catch (error) {
    if (error instanceof Blocked) return { blocked: error.letter };
    const message = error instanceof Error ? error.message : String(error);
    return error instanceof GenerationGone ? { gone: message } : { failed: message };
  }
}

function buildHere(here: Context, projection: Projection, options: BuildOptions): Promise<Built> {
  return build(here, projection, {
    ...options,
    signal: stopping.signal,
    progress: progress => tell({ progress }),
    // The first part is built in this thread, which has nothing else to do meanwhile.
    follow: (inner, which, at, how) => (how.part ? followInThreads({ module, settings }) : follow)(inner, which, at, how),
  });
}

async function followHere(
  here: Context,
  projection: Projection,
  { at, options }: Extract<Task['job'], { at: Ref }>,
): Promise<null> {
  const follower = follow(here, projection, at, {
    ...options,
    moved: (...moved) => tell({ status: follower.status(), moved }),
  });
  stopping.signal.addEventListener('abort', () => void follower.stop());
  await follower.ended;
  return null;
}

const bench = await openBench(settings);
try {
  tell(await run(bench));
} finally {
  await bench.close();
  port.close();
}
