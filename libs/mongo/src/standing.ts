import type { mongo } from 'mongoose';

/** Counts for how long a client has been at what it has begun and not ended. */
export interface Standing {
  /**
   * To be called at an interval: how many of those calls the oldest has been there for. Calls are counted, and no clock is read: a process
   * that was suspended has not waited for anybody.
   */
  tick(): number;
}

/**
 * The driver has a time for every command, heartbeat and wait for a connection, and does not keep it on a socket that the system has already
 * closed while the driver has yet to hear of it: what it writes then it waits for without end (mongodb 7.8 and 7.9,
 * `Connection.writeCommand`). Where that was a heartbeat no server is found ever again; where it was the greeting of two new connections no other
 * is made.
 */
export function standing(client: Pick<mongo.MongoClient, 'on'>): Standing {
  const begun = new Map<string, Map<string | number, number>>();
  function begin(address: string, what: string | number): void {
    const there = begun.get(address) ?? new Map<string | number, number>();
    begun.set(address, there.set(what, 0));
  }
  function end(address: string, what: string | number): void {
    begun.get(address)?.delete(what);
  }

  // Of a heartbeat `connectionId` is the server's address.
  client.on('serverHeartbeatStarted', ({ connectionId }) => begin(connectionId, 'heartbeat'));
  client.on('serverHeartbeatSucceeded', ({ connectionId }) => end(connectionId, 'heartbeat'));
  client.on('serverHeartbeatFailed', ({ connectionId }) => {
    end(connectionId, 'heartbeat');
    // No connection is had because the server is away.
    end(connectionId, 'pool');
  });
  client.on('connectionCheckedOut', ({ address, connectionId }) => {
    end(address, 'pool');
    begin(address, connectionId);
  });
  client.on('connectionCheckedIn', ({ address, connectionId }) => end(address, connectionId));
  client.on('connectionCheckOutFailed', ({ address, reason }) => {
    if (reason === 'timeout' && !begun.get(address)?.has('pool')) begin(address, 'pool');
  });
  client.on('connectionReady', ({ address }) => end(address, 'pool'));
  // What is told of a server afterwards does not come here any more.
  client.on('serverClosed', ({ address }) => void begun.delete(address));

  return {
    tick() {
      let longest = 0;
      for (const there of begun.values())
        for (const [what, ticks] of there) {
          there.set(what, ticks + 1);
          longest = Math.max(longest, ticks + 1);
        }
      return longest;
    },
  };
}
