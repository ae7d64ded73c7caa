import type { KurrentDBClient } from '@kurrent/kurrentdb-client';
import type { Library } from './kurrent-library.js';
import type { KurrentAddress } from './kurrent-url.js';

/** One use of the server: reading, appending or following, each with a client of its own that can be replaced. */
export interface Connection {
  client(): KurrentDBClient;
  /** This one failed: the next call gets another, unless another has taken its place already. */
  replace(failed: KurrentDBClient): void;
  close(): Promise<void>;
}

/** A new client costs some milliseconds: one that has just been made is given a chance. */
const oldEnoughMs = 200;

export function kurrentConnections({ KurrentDBClient: Client }: Library, address: KurrentAddress): () => Connection {
  let made = 0;
  // gRPC shares one connection among all clients with the same settings, even one that is silent: so no two have the same.
  const create = () => Client.connectionString(`${address.url}&keepAliveInterval=${address.keepAliveIntervalMs + made++}`);

  return () => {
    let current: { client: KurrentDBClient; since: number } | undefined;
    return {
      client: () => (current ??= { client: create(), since: performance.now() }).client,
      replace(failed) {
        // Not disposed of: others may still be waiting for what it has under way.
        if (current?.client === failed && performance.now() - current.since >= oldEnoughMs) current = undefined;
      },
      async close() {
        const last = current?.client;
        current = undefined;
        await last?.dispose();
      },
    };
  };
}
