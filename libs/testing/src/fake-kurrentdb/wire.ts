import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import type { Transform } from 'node:stream';

/** The port clients connect to. The server stands behind it, so that a connection can suffer what no server does. */
export interface Wire {
  port(): number;
  listen(port: number): Promise<void>;
  /** Stops listening and closes every connection. */
  unlisten(): Promise<void>;
  connections(): number;
  cutAll(): number;
  /** Cuts the connection which the server knows by this peer address. */
  cut(peer: string): void;
  freeze(): void;
  thaw(): void;
}

interface Line {
  client: Socket;
  server: Socket;
  /** What the bytes pass between the two. */
  between?: Between | undefined;
}

export interface Between {
  toServer: Transform;
  toClient: Transform;
}

/** `between`: asked for each connection, with a way to cut it. */
export function createWire(server: { host?: string; port: number }, between?: (cut: () => void) => Between): Wire {
  const lines = new Set<Line>();
  let frozen = false;
  let port = 0;

  const listener = createServer({ noDelay: true }, client => {
    const line: Line = { client, server: connect({ host: '127.0.0.1', ...server, noDelay: true }) };
    line.between = between?.(() => cutLine(line));
    lines.add(line);
    for (const socket of [client, line.server]) {
      socket.on('error', () => cutLine(line));
      socket.on('close', () => cutLine(line));
    }
    if (!frozen) flow(line);
  });

  function flow({ client, server, between }: Line): void {
    if (between) {
      client.pipe(between.toServer).pipe(server);
      server.pipe(between.toClient).pipe(client);
      return;
    }
    client.pipe(server);
    server.pipe(client);
  }
  function cutLine(line: Line): void {
    line.client.destroy();
    line.server.destroy();
    lines.delete(line);
  }
  function cutAll(): number {
    const count = lines.size;
    lines.forEach(cutLine);
    return count;
  }

  return {
    port: () => port,
    listen: wanted =>
      new Promise((resolve, reject) => {
        listener.once('error', reject);
        listener.listen(wanted, '127.0.0.1', () => {
          listener.off('error', reject);
          port = (listener.address() as AddressInfo).port;
          resolve();
        });
      }),
    unlisten: () =>
      new Promise(resolve => {
        listener.close(() => resolve());
        cutAll();
      }),
    connections: () => lines.size,
    cutAll,
    cut(peer) {
      for (const line of lines) if (peer.endsWith(`:${line.server.localPort}`)) cutLine(line);
    },
    freeze() {
      frozen = true;
      for (const { client, server, between } of lines) {
        client.unpipe().pause();
        server.unpipe().pause();
        between?.toServer.unpipe();
        between?.toClient.unpipe();
      }
    },
    thaw() {
      if (frozen) lines.forEach(flow);
      frozen = false;
    },
  };
}
