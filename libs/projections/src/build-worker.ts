import { Worker } from 'node:worker_threads';
import type { BuildOptions } from './build.js';
import { Blocked, type Follower, type FollowerStatus } from './follower.js';
import { limitsOf } from './context.js';
import type { Task, Told } from './build-thread.js';

/** Where a thread finds what it cannot be handed over: stores and projections. */
export interface Workshop {
  /** Address of a module whose `openBench(settings)` opens a `Bench`. */
  module: string;
  /** Plain values. */
  settings: unknown;
}

/** Large pages: a document that changes in several of its events is written once a page. */
const pageEvents = 5_000;

/**
 * Runs each part of a build in a thread of its own, so that whoever answers queries in this one is not kept waiting, and two parts use
 * two processors. To the stores it is one more process: with the lease, the checkpoint and the fence of its part.
 */
export function followInThreads({ module, settings }: Workshop): NonNullable<BuildOptions['follow']> {
  return (context, { name, version }, { projection, generation }, { moved, ...options }) => {
    const { owner, leaseMs, log } = context;
    const limits = { ...limitsOf(context), pageEvents };
    const at = { projection, generation };
    const task: Task = { module, settings, name, version, at, options, context: { owner, leaseMs, limits } };
    const { part = 0 } = options;
    let status: FollowerStatus = { part, state: 'starting', position: 0, events: 0, retries: 0 };
    const worker = new Worker(new URL('./build-thread.js', import.meta.url), { workerData: task });
    const gone = new Promise<void>(resolve => worker.once('exit', () => resolve()));

    const ended = new Promise<void>((resolve, reject) => {
      worker.on('message', (told: Told) => {
        if ('status' in told) status = told.status;
        if ('moved' in told) moved?.(...told.moved);
        if ('logged' in told) log[told.level](told.logged, told.message);
        if ('blocked' in told) reject(new Blocked(told.blocked));
        if ('failed' in told) reject(new Error(told.failed));
        if ('done' in told) resolve();
      });
      worker.once('error', reject);
      worker.once('exit', code =>
        reject(new Error(`The thread that built part ${part} of ${name} generation ${generation} ended by itself (${code})`)),
      );
    }).finally(() => {
      status = { ...status, state: 'ended' };
      return gone;
    });
    // Whoever does not look at it has the status; an unhandled rejection would end the process.
    ended.catch(() => {});
    const follower: Follower = {
      status: () => ({ ...status }),
      ended,
      async stop() {
        worker.postMessage('stop');
        await ended.catch(() => {});
      },
    };
    return follower;
  };
}
