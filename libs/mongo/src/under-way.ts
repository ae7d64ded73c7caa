import type { mongo } from 'mongoose';

/**
 * What a client has begun and not ended: looks at its servers, and connections in use. The driver ends each within its time, except on a
 * socket that the system has already closed and whose `close` the driver has yet to hear: what it writes then it waits for without end
 * (mongodb 7.8 and 7.9, `Connection.writeCommand`). Where that was the look at a server, no server is found ever again.
 */
export function underWay(client: mongo.MongoClient): {
  /** The largest number of calls, this one included, that anything now under way has been met by. */
  look(): number;
} {
  const met = new Map<string, number>();
  const server = ({ connectionId: address }: { connectionId: string }) => `server ${address}`;
  const connection = ({ address, connectionId }: { address: string; connectionId: number | string }) =>
    `connection ${address} ${connectionId}`;
  client.on('serverHeartbeatStarted', event => void met.set(server(event), 0));
  client.on('serverHeartbeatSucceeded', event => void met.delete(server(event)));
  client.on('serverHeartbeatFailed', event => void met.delete(server(event)));
  client.on('serverClosed', ({ address }) => void met.delete(server({ connectionId: address })));
  client.on('connectionCheckedOut', event => void met.set(connection(event), 0));
  client.on('connectionCheckedIn', event => void met.delete(connection(event)));
  return {
    look() {
      for (const [key, times] of met) met.set(key, times + 1);
      return Math.max(0, ...met.values());
    },
  };
}
