import type { EventStore, StoredEvent } from './port.js';

export interface SubscriptionOptions {
  /** Events after this position, exclusive; 0 for all. */
  after: number;
  types?: readonly string[];
  streams?: readonly string[];
  /** One event at a time: the next comes when this has resolved. What it throws is tried again, after `retryMs`. */
  handle(event: StoredEvent): Promise<void>;
  /** How far everything has been handled, also where nothing matched; a good place to keep a checkpoint. */
  checkpoint?(position: number): Promise<void>;
  /** After the last event that was there, and again after having fallen behind. */
  caughtUp?(position: number): void;
  status?(status: SubscriptionStatus): void;
  /** `stop`: the subscription ends with the handler's error. Default: `retry`. */
  onError?: 'retry' | 'stop';
  retryMs?: readonly number[];
  pageEvents?: number;
}

export type SubscriptionStatus =
  | { state: 'following'; position: number }
  /** `position`: of the event that could not be handled, or the last that was, where the store could not be read. */
  | { state: 'failed'; position: number; error: unknown };

export interface Subscription {
  readonly position: number;
  /** Resolves when stopped; rejects with the handler's error under `onError: 'stop'`. */
  readonly ended: Promise<void>;
  /** Waits for a handler that is at work; none is called afterwards. */
  stop(): Promise<void>;
}

const retryMs = [100, 500, 2_000, 10_000];
const pageEvents = 500;

/**
 * Follows the log from a position and goes on with it live: a loop over `readAll` woken by `wait`, the same on every engine. So
 * there is one way to resume, after an error, a lost connection or a restart: from the last position handled. Each event once, in
 * order.
 */
export function subscribe(store: EventStore, options: SubscriptionOptions): Subscription {
  const stopping = new AbortController();
  const { signal } = stopping;
  const delays = options.retryMs ?? retryMs;
  const limit = options.pageEvents ?? pageEvents;
  let position = options.after;
  let kept = position;
  let failures = 0;

  async function follow(): Promise<void> {
    let behind = true;
    while (!signal.aborted) {
      const slice = await store.readAll({
        after: position,
        limit,
        ...(options.types ? { types: options.types } : {}),
        ...(options.streams ? { streams: options.streams } : {}),
      });
      for (const event of slice.events) {
        if (signal.aborted) return;
        await handled(event);
        position = event.position;
      }
      position = Math.max(position, slice.upTo);
      if (position > kept) {
        await options.checkpoint?.(position);
        kept = position;
      }
      if (failures > 0) options.status?.({ state: 'following', position });
      failures = 0;
      if (slice.events.length >= limit) {
        behind = true;
        continue;
      }
      if (behind) options.caughtUp?.(position);
      behind = false;
      if (!signal.aborted) await store.wait(position, signal);
    }
  }

  async function handled(event: StoredEvent): Promise<void> {
    try {
      await options.handle(event);
    } catch (error) {
      throw new HandlerFailed(event.position, error);
    }
  }

  async function run(): Promise<void> {
    options.status?.({ state: 'following', position });
    while (!signal.aborted) {
      try {
        return await follow();
      } catch (failure) {
        const [at, error] = failure instanceof HandlerFailed ? [failure.position, failure.cause] : [position, failure];
        if (signal.aborted) return;
        options.status?.({ state: 'failed', position: at, error });
        if (failure instanceof HandlerFailed && options.onError === 'stop') throw error;
        await pause(delays[Math.min(failures++, delays.length - 1)]!, signal);
      }
    }
  }

  const ended = run();
  // Whoever never looks at `ended` has the status; an unhandled rejection would end the process.
  ended.catch(() => {});
  return {
    get position() {
      return position;
    },
    ended,
    async stop() {
      stopping.abort();
      await ended.catch(() => {});
    },
  };
}

class HandlerFailed extends Error {
  constructor(
    readonly position: number,
    cause: unknown,
  ) {
    super('a handler failed', { cause });
  }
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Every event after a position, page by page: nothing is held open between pages, so that leaving early leaves nothing behind. */
export async function* eachEvent(
  store: EventStore,
  options: { after: number; upTo?: number; types?: readonly string[]; streams?: readonly string[]; pageEvents?: number },
): AsyncGenerator<StoredEvent> {
  const { upTo = Infinity, pageEvents: limit = pageEvents, after, ...filter } = options;
  for (let position = after; ;) {
    const slice = await store.readAll({ after: position, limit, ...filter });
    for (const event of slice.events) {
      if (event.position > upTo) return;
      yield event;
    }
    if (slice.events.length < limit) return;
    position = slice.upTo;
  }
}
