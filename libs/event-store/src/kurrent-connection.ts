import type { KurrentDBClient } from '@kurrent/kurrentdb-client';
import { wordsOf } from './kurrent-errors.js';
import type { KurrentAddress } from './kurrent-url.js';
import { StoreUnusable } from './port.js';

/** One use of the server: reading, appending or following, each with a client of its own that can be replaced. */
export interface Connection {
  client(): KurrentDBClient;
  /** This one failed: the next call gets another, unless another has taken its place already. */
  replace(failed: KurrentDBClient): void;
  close(): Promise<void>;
}

/** A new client costs some milliseconds: one that has just been made is given a chance. */
const oldEnoughMs = 200;

type Library = typeof import('@kurrent/kurrentdb-client');

/** Loaded here only: it brings a native library, which the embedded engine must not need. @throws StoreUnusable */
export async function kurrentConnections(address: KurrentAddress): Promise<() => Connection> {
  const { KurrentDBClient: Client } = await library();
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

async function library(): Promise<Library> {
  try {
    const loaded = await import('@kurrent/kurrentdb-client');
    // CommonJS, whose names only some of Node's versions find.
    return (loaded as unknown as { default?: Library }).default ?? loaded;
  } catch (error) {
    throw new StoreUnusable(
      `KurrentDB 客户端在本机不能加载（${wordsOf(error)}），请重新安装依赖（npm ci，含可选依赖）。 / The KurrentDB client cannot be loaded on this machine (${wordsOf(error)}); install the dependencies anew (npm ci, with the optional ones).`,
      { cause: error },
    );
  }
}
