import type { FaultState } from './faults.js';
import type { Log } from './log.js';
import type { TrafficCount } from './traffic.js';
import type { Wire } from './wire.js';

/** How the server is set up. The defaults are those of 23.10. */
export interface Settings {
  /** The most bytes of data one append may carry. Type and metadata do not count, as they do not in 23.10. */
  readonly maxAppendSize: number;
  /** The largest gRPC message the server takes; a larger one ends its call with RESOURCE_EXHAUSTED. */
  readonly maxMessageSize: number;
  /** How many calls one connection may have open. */
  readonly maxStreams: number;
  /** How long the server waits for the rest of a batch, if the client's deadline does not come first. */
  readonly writeTimeoutMs: number;
  /** What becomes of a live subscription that has `burst` events to come at once. Servers from 24 on fall behind. */
  readonly slowConsumers: 'drop' | 'fall-behind' | 'wait';
  readonly burst: number;
  /** Every so many commits the server writes an event of its own into `$all`; 0 for a log without any. */
  readonly systemEventsEvery: number;
  /** The server's clock, which stamps `created`. */
  readonly now: () => Date;
}

/** An open subscription, as a commit and a fault meet it. */
export interface Subscription {
  committed(): void;
  drop(): void;
}

/** What the handlers of the calls share. */
export interface Inside {
  readonly settings: Settings;
  readonly log: Log;
  readonly faults: FaultState;
  readonly traffic: TrafficCount;
  readonly wire: Wire;
  readonly subscriptions: Set<Subscription>;
}

/** At once where there is nothing to wait for, so that what is in order stays in order. */
export function after(milliseconds: number, act: () => void): void {
  if (milliseconds > 0) setTimeout(act, milliseconds).unref();
  else act();
}
