import { rpcs, type Rpc } from './faults.js';

/** What passed between the clients and the server. */
export interface Traffic {
  /** How often each was asked. An append counts once under the RPC it came by, however many messages it took. */
  readonly calls: Readonly<Record<Rpc, number>>;
  /** What is open now. A batch stream stays open between appends. */
  readonly open: Readonly<Record<'reads' | 'subscriptions' | 'batchStreams', number>>;
  /** Reads given up by their reader before their end, or lost with their connection. */
  readonly cancelledReads: number;
  /** Events sent to readers, those of given up reads among them. */
  readonly eventsRead: number;
}

/** The counters, for those who count. */
export interface TrafficCount extends Traffic {
  readonly calls: Record<Rpc, number>;
  readonly open: Record<'reads' | 'subscriptions' | 'batchStreams', number>;
  cancelledReads: number;
  eventsRead: number;
  /** Counts as open until the returned function is first called. */
  opened(what: keyof Traffic['open']): () => void;
}

export function createTraffic(): TrafficCount {
  const open = { reads: 0, subscriptions: 0, batchStreams: 0 };
  return {
    calls: Object.fromEntries(rpcs.map(rpc => [rpc, 0])) as Record<Rpc, number>,
    open,
    cancelledReads: 0,
    eventsRead: 0,
    opened(what) {
      open[what] += 1;
      let counted = true;
      return () => {
        if (counted) open[what] -= 1;
        counted = false;
      };
    },
  };
}
