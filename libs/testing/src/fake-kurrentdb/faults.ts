import { cutOff, failure, notLeader, timedOut, unavailable, type Failure } from './errors.js';
import type { Stored } from './log.js';

/** What a client can ask of the server. An append is either kind, by how the client makes it; see `Traffic.calls`. */
export const rpcs = ['append', 'batchAppend', 'read', 'subscribe', 'delete', 'tombstone', 'features', 'gossip'] as const;
export type Rpc = (typeof rpcs)[number];

/** How a call ends that does not get its answer. `timeout` is the server's own: what it says of an append it may still store. */
export type Ending =
  | 'silence'
  | 'disconnect'
  | 'timeout'
  | 'unavailable'
  | { code: number; details?: string }
  | { leader: { host: string; port: number } };

/** What becomes of an append: whether it is stored, and what the client hears of it. */
export type AppendFault = { then: Ending; stream?: string; times?: number } &
  /** A promise: stored when that has come about, by when the client has long heard that it failed. */
  (
    | { stored: boolean | Promise<unknown> }
    /** The call ends when so many of its events have arrived. */
    | { stored: false; afterEvents: number }
  );

/** What becomes of a read: it ends after so many events. */
export interface ReadFault {
  afterEvents: number;
  then: Ending;
  times?: number;
}

/** What a test may do to the server. Where no `rpcs` are named, all are meant. */
export interface Faults {
  /** Calls are received and neither applied nor answered. */
  silence(...rpcs: Rpc[]): void;
  /** Calls are applied at once and answered so much later. */
  delay(milliseconds: number, ...rpcs: Rpc[]): void;
  /** Calls fail with UNAVAILABLE. */
  refuse(...rpcs: Rpc[]): void;
  /** Calls fail with the name of another leader. */
  notLeader(leader: { host: string; port: number }, ...rpcs: Rpc[]): void;
  /** The next append (of `stream`, if named), by either RPC; once, unless `times` says otherwise. */
  nextAppend(fault: AppendFault): void;
  /** The next read; once, unless `times` says otherwise. */
  nextRead(fault: ReadFault): void;
  /** Every open subscription ends with the server's "Consumer too slow". Answers how many there were. */
  dropSubscriptions(): number;
  /** Closes every connection, as a network does. Answers how many there were. */
  dropConnections(): number;
  /** Nothing moves on any connection, new ones included, and none is closed: a stopped process. */
  freeze(): void;
  thaw(): void;
  /** Replaces the stored data of an event; what the event says of its content type stays. */
  corrupt(stream: string, revision: bigint, data: string | Uint8Array): void;
  /**
   * Somebody puts another database in this one's place, made of its records as they please. The server lets nobody change a
   * record, so positions and revisions are what it gives to the records in their new order. To be done while no client reads.
   */
  rewrite(change: (records: readonly Stored[]) => readonly Stored[]): void;
  /** Ends every fault above. A call that was silenced stays silent. */
  heal(): void;
}

type Verdict = 'silence' | Failure;

/** The faults a request asks for as it comes in. */
export interface FaultState extends Pick<
  Faults,
  'silence' | 'delay' | 'refuse' | 'notLeader' | 'nextAppend' | 'nextRead' | 'heal'
> {
  /** Absent where the call is to be served. */
  verdict(rpc: Rpc): Verdict | undefined;
  delayOf(rpc: Rpc): number;
  takeAppend(stream: string): AppendFault | undefined;
  takeRead(): ReadFault | undefined;
}

export function createFaults(): FaultState {
  const verdicts = new Map<Rpc, Verdict>();
  const delays = new Map<Rpc, number>();
  const appends: AppendFault[] = [];
  const reads: ReadFault[] = [];
  const each = (named: Rpc[], act: (rpc: Rpc) => void): void => (named.length > 0 ? named : rpcs).forEach(act);

  return {
    silence: (...named) => each(named, rpc => verdicts.set(rpc, 'silence')),
    delay: (milliseconds, ...named) => each(named, rpc => delays.set(rpc, milliseconds)),
    refuse: (...named) => each(named, rpc => verdicts.set(rpc, unavailable())),
    notLeader: ({ host, port }, ...named) => each(named, rpc => verdicts.set(rpc, notLeader(host, port))),
    nextAppend: fault => void appends.push({ ...fault }),
    nextRead: fault => void reads.push({ ...fault }),
    heal() {
      verdicts.clear();
      delays.clear();
      appends.length = 0;
      reads.length = 0;
    },
    verdict: rpc => verdicts.get(rpc),
    delayOf: rpc => delays.get(rpc) ?? 0,
    takeAppend: stream => take(appends, fault => fault.stream === undefined || fault.stream === stream),
    takeRead: () => take(reads, () => true),
  };
}

function take<T extends { times?: number }>(faults: T[], matches: (fault: T) => boolean): T | undefined {
  const index = faults.findIndex(matches);
  const fault = faults[index];
  if (!fault) return undefined;
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) faults.splice(index, 1);
  return fault;
}

/** The error a bad end is; absent where there is none to send. */
export function failureOf(ending: Ending): Failure | undefined {
  if (ending === 'silence' || ending === 'disconnect') return undefined;
  if (ending === 'timeout') return timedOut();
  if (ending === 'unavailable') return cutOff();
  return 'leader' in ending ? notLeader(ending.leader.host, ending.leader.port) : failure(ending.code, ending.details ?? '');
}

/** Stores what a fault leaves to be stored. */
export function storeUnder(fault: AppendFault, store: () => void): void {
  if (fault.stored instanceof Promise) void fault.stored.then(store);
  else if (fault.stored) store();
}

/** Whether so many events are all that is to arrive. */
export function cutsAfter(fault: AppendFault, events: number): boolean {
  return 'afterEvents' in fault && events >= fault.afterEvents;
}
