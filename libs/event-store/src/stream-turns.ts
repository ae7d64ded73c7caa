import { StoreUnavailable } from './port.js';
import type { Until } from './until.js';

export type StreamTurns = <T>(stream: string, until: Until, work: () => Promise<T>) => Promise<T>;

/** One at a time for each stream, in the order they came; whose time is over before its turn is told so. */
export function streamTurns(): StreamTurns {
  const last = new Map<string, Promise<void>>();
  return async (stream, until, work) => {
    const before = last.get(stream);
    let free: () => void = () => {};
    const mine = new Promise<void>(resolve => (free = resolve));
    // Who gives up waiting lets nobody pass those it waited for.
    const turn = Promise.all([before, mine]).then(() => {
      if (last.get(stream) === turn) last.delete(stream);
    });
    last.set(stream, turn);
    try {
      if (before) await until.race(before).catch(cause => Promise.reject(late(stream, cause)));
      return await work();
    } finally {
      free();
    }
  };
}

function late(stream: string, cause: unknown): StoreUnavailable {
  return new StoreUnavailable(`${stream}: others append to it, and no time was left; nothing was stored`, { cause });
}
