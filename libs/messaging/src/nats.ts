import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { ClientNats, type NatsOptions, Transport } from '@nestjs/microservices';
import { credsAuthenticator } from '@nats-io/transport-node';
import { CannotStart, type NatsConfig } from '#platform';

const oldestServer = [2, 12] as const;

/** Reconnects for ever; one queue group per room, so that replicas share its work. */
export function natsServerOptions(nats: NatsConfig, room: string): NatsOptions {
  return {
    transport: Transport.NATS,
    options: {
      ...connection(nats),
      name: `gongkai-${room}`,
      queue: `gongkai.${room}`,
      gracefulShutdown: true,
      gracePeriod: 1500,
    },
  };
}

export function natsClient(nats: NatsConfig, name: string): ClientNats {
  return new ClientNats({ ...connection(nats), name: `gongkai-${name}` });
}

function connection(nats: NatsConfig): NonNullable<NatsOptions['options']> {
  const tls = nats.caFile || nats.certFile || nats.servers.startsWith('tls:');
  return {
    servers: nats.servers.split(','),
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    reconnectTimeWait: 500,
    pingInterval: 5_000,
    maxPingOut: 2,
    ...(nats.user ? { user: nats.user, pass: nats.password ?? '' } : {}),
    ...(nats.token ? { token: nats.token } : {}),
    ...(nats.credsFile ? { authenticator: credsAuthenticator(readFileSync(nats.credsFile)) } : {}),
    ...(tls
      ? {
          tls: {
            ...(nats.caFile ? { caFile: nats.caFile } : {}),
            ...(nats.certFile ? { certFile: nats.certFile } : {}),
            ...(nats.keyFile ? { keyFile: nats.keyFile } : {}),
          },
        }
      : {}),
  };
}

/** NATS before 2.12 drops newer fields silently, so it is refused. @throws CannotStart with one clear sentence */
export function refuseOldServer(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldestServer[0] || (major === oldestServer[0] && minor >= oldestServer[1])) return;
  throw new CannotStart(
    `NATS 服务器版本 ${version} 太旧，需要 ${oldestServer.join('.')} 或更新版本。 / NATS server ${version} is too old; ${oldestServer.join('.')} or newer is needed.`,
  );
}

const probeMs = 2_000;

/** Version of the first server that answers, as it says in its first line; null where none can be reached. */
export async function natsVersion(nats: NatsConfig): Promise<string | null> {
  for (const server of nats.servers.split(',')) {
    const { hostname, port } = new URL(server.includes('://') ? server : `nats://${server}`);
    const version = await new Promise<string | null>(resolve => {
      const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 4222) });
      let said = '';
      const finish = (version: string | null) => {
        socket.destroy();
        resolve(version);
      };
      socket.setTimeout(probeMs, () => finish(null));
      socket.on('error', () => finish(null));
      socket.on('close', () => finish(null));
      socket.on('data', chunk => {
        said += chunk.toString();
        if (said.includes('\n')) finish(/^INFO .*"version":"([^"]+)"/.exec(said)?.[1] ?? null);
      });
    });
    if (version) return version;
  }
  return null;
}
