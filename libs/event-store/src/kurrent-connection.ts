import type { KurrentDBClient } from '@kurrent/kurrentdb-client';
import { verdictOf, wordsOf } from './kurrent-errors.js';
import type { Library } from './kurrent-library.js';
import type { KurrentAddress } from './kurrent-url.js';
import { StoreUnusable } from './port.js';

/** One use of the server: reading, appending or following, each with a client of its own that can be replaced. */
export interface Connection {
  /** @throws StoreUnusable where what the connection string names, such as a certificate, cannot be used */
  client(): KurrentDBClient;
  /** This one failed: the next call gets another, unless another has taken its place already. */
  replace(failed: KurrentDBClient): void;
  close(): Promise<void>;
}

/** A new client costs some milliseconds, and in an outage is of no more use than the last: each is given a longer chance. */
const chanceMs = { first: 200, most: 5_000 };
/** One that served so long was a good one. */
const goodMs = 30_000;

/** `callMs`: no call takes longer. */
export function kurrentConnections(library: Library, address: KurrentAddress, callMs: number): () => Connection {
  let made = 0;

  function create(): KurrentDBClient {
    try {
      // gRPC shares one connection among all clients with the same settings, even one that is silent: so no two have the same.
      const interval = address.keepAliveIntervalMs + made++;
      const client = library.KurrentDBClient.connectionString(`${address.url}&keepAliveInterval=${interval}`);
      // At each failure it would close its channel, which is not always safe (see `whenSafe`), and that of other calls with it.
      const turn = client['handleError'];
      client['handleError'] = async (channel, error) => {
        if (verdictOf(library.convertToCommandError(error)) === 'not-leader') await turn(channel, error);
      };
      return client;
    } catch (error) {
      const why = wordsOf(error);
      throw new StoreUnusable(
        `KurrentDB（${address.shown}）的连接设置用不了：${why}。 / The settings of the connection to KurrentDB (${address.shown}) cannot be used: ${why}.`,
        { cause: error },
      );
    }
  }

  // A call that begins when the server is back must live to see another client, for the last one may be in its own long pause; and
  // one that fails just before its chance is over is called once more. So a third of the call's time, and not half.
  const longest = Math.min(chanceMs.most, callMs / 3);

  return () => {
    let current: { client: KurrentDBClient; since: number } | undefined;
    let chance = chanceMs.first;
    const retired = new Map<KurrentDBClient, NodeJS.Timeout>();

    async function end(client: KurrentDBClient): Promise<void> {
      clearTimeout(retired.get(client));
      retired.delete(client);
      // Not part of disposing: left alone, it would hold a connection that nobody uses, and look for one for ever.
      const closed = client['getChannel']().then(channel => whenSafe(channel, () => channel.close()));
      closed.catch(() => {});
      await client.dispose();
    }

    return {
      client: () => (current ??= { client: create(), since: performance.now() }).client,
      replace(failed) {
        const ageMs = current?.client === failed ? performance.now() - current.since : 0;
        if (ageMs > goodMs) chance = chanceMs.first;
        if (ageMs < chance) return;
        chance = Math.min(2 * chance, longest);
        current = undefined;
        // Others may still be waiting for what it has under way.
        retired.set(failed, setTimeout(() => void end(failed), callMs + chanceMs.first).unref());
      },
      async close() {
        const left = [...(current ? [current.client] : []), ...retired.keys()];
        current = undefined;
        await Promise.all(left.map(end));
      },
    };
  };
}

type Channel = Awaited<ReturnType<KurrentDBClient['getChannel']>>;

/** Of grpc-js: no connection, and a pause before the next attempt. */
const transientFailure = 3;

/** A channel closed in its pause between two attempts (grpc-js) makes the next one all the same, and keeps what comes of it open. */
function whenSafe(channel: Channel, act: () => void): void {
  if (channel.getConnectivityState(false) !== transientFailure) return act();
  // Told in the middle of the change: not before that is over.
  channel.watchConnectivityState(transientFailure, Infinity, () => setImmediate(whenSafe, channel, act));
}
