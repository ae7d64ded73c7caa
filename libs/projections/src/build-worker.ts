import { Worker } from 'node:worker_threads';
import type { Build, BuildOptions, Built } from './build.js';
import type { Task, Told } from './build-thread.js';
import type { Context } from './context.js';
import { Blocked, type Follower, type FollowerStatus } from './follower.js';
import type { Projection } from './projection.js';
import { GenerationGone } from './read-store.js';

/** Where a thread finds what it cannot be handed over: stores and projections. */
export interface Workshop {
  /** Address of a module whose `openBench(settings)` opens a `Bench`. */
  module: string;
  /** Plain values. */
  settings: unknown;
}

/**
 * What a build makes and drops dies young, in room enough for it; and where the old may not grow without end, they are swept before the
 * thread is three times as large as what it holds.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 96, maxOldGenerationSizeMb: 512 };

/**
 * Carries out a build in a thread of its own, so that whoever answers queries in this one is not kept waiting; several parts in
 * further threads. To the stores it is one more process: with the leases, the checkpoints and the fences.
 */
export function buildInThreads(workshop: Workshop): Build {
  return async (context, projection, { signal, progress, follow: _, ...options } = {}) => {
    signal?.throwIfAborted();
    const { result, stop } = inThread(workshop, context, projection, { build: options }, told => {
      if ('progress' in told) progress?.(told.progress);
    });
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return (await result) as Built;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  };
}

/** Each part in a thread. */
export function followInThreads(workshop: Workshop): NonNullable<BuildOptions['follow']> {
  return (context, projection, { projection: name, generation }, { moved, ...options }) => {
    let status: FollowerStatus = { part: options.part ?? 0, state: 'starting', position: 0, events: 0, retries: 0 };
    const job = { at: { projection: name, generation }, options };
    const { result, stop } = inThread(workshop, context, projection, job, told => {
      if (!('status' in told)) return;
      status = told.status;
      moved?.(...told.moved);
    });
    const ended = result
      .then(() => {})
      .catch((error: unknown) => {
        if (!(error instanceof GenerationGone)) throw error;
      })
      .finally(() => (status = { ...status, state: 'ended' }));
    // Whoever does not look at it has the status; an unhandled rejection would end the process.
    ended.catch(() => {});
    const follower: Follower = {
      status: () => ({ ...status }),
      ended,
      async stop() {
        stop();
        await ended.catch(() => {});
      },
    };
    return follower;
  };
}

/** `result` settles once the thread is gone, and with it its connections. */
function inThread(
  { module, settings }: Workshop,
  { owner, leaseMs, limits, log }: Context,
  { name, version }: Projection,
  job: Task['job'],
  hear: (told: Told) => void,
): { result: Promise<Built | null>; stop(): void } {
  const task: Task = { module, settings, name, version, job, context: { owner, leaseMs, ...(limits ? { limits } : {}) } };
  const worker = new Worker(new URL('./build-thread.js', import.meta.url), { workerData: task, resourceLimits });
  const gone = new Promise<void>(resolve => worker.once('exit', () => resolve()));
  const result = new Promise<Built | null>((resolve, reject) => {
    worker.on('message', (told: Told) => {
      hear(told);
      if ('logged' in told) log[told.level](told.logged, told.message);
      if ('done' in told) resolve(told.done);
      if ('blocked' in told) reject(new Blocked(told.blocked));
      if ('gone' in told) reject(new GenerationGone(told.gone));
      if ('failed' in told) reject(new Error(told.failed));
    });
    worker.once('error', reject);
    worker.once('exit', code => reject(new Error(`The thread that built ${name} ended by itself (${code})`)));
  }).finally(() => gone);
  return { result, stop: () => worker.postMessage('stop') };
}
