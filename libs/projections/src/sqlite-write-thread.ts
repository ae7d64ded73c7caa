import { AskedThread, type Failure } from '#sqlite';
import type { ProjectionSchema } from './projection.js';
import { GenerationGone, StaleFence } from './read-store.js';
import type { WriteAsk, WriteData } from './sqlite-write-worker.js';
import type { Writes } from './sqlite-writes.js';

/** The same writes, in a thread: a transaction may wait for the disk while this thread answers. */
export function writesInThread(data: WriteData): Writes & { close(): Promise<void> } {
  const thread = new AskedThread<WriteAsk>(new URL('./sqlite-write-worker.js', import.meta.url), data, errorOf);
  const to =
    <Name extends keyof Writes>(name: Name) =>
    (...given: Parameters<Writes[Name]>) =>
      thread.ask<Awaited<ReturnType<Writes[Name]>>>({ name, given } as WriteAsk);
  const [create, finish, commit] = [to('create'), to('finish'), to('commit')];
  return {
    create: (projection, wanted) => create(plain(projection), wanted),
    move: to('move'),
    repart: to('repart'),
    finish: (projection, at) => finish(plain(projection), at),
    activate: to('activate'),
    drop: to('drop'),
    pause: to('pause'),
    swapLease: to('swapLease'),
    commit: (projection, at, batch) => commit(plain(projection), at, batch),
    close: () => thread.close(),
  };
}

/** Functions cannot be handed over, and a store calls none. */
function plain({ name, version, collections }: ProjectionSchema): ProjectionSchema {
  return { name, version, collections };
}

function errorOf({ name, message, fields }: Failure): Error {
  if (name === StaleFence.name) return new StaleFence(message);
  if (name === GenerationGone.name) return new GenerationGone(message);
  return Object.assign(new Error(message), fields, { name });
}
