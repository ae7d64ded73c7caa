import { Server, ServerCredentials } from '@grpc/grpc-js';
import { appendCall } from './append-call.js';
import { batchAppendCall } from './batch-append-call.js';
import { createFaults, type Faults } from './faults.js';
import type { Inside, Settings } from './inside.js';
import { createLog, type Stored } from './log.js';
import { deleteCall, featuresCall, gossipCall, tombstoneCall } from './other-calls.js';
import { readCall } from './read-call.js';
import { GossipService, ServerFeaturesService, StreamsService } from './stubs.js';
import { createTraffic, type Traffic } from './traffic.js';
import { createWire } from './wire.js';

/** A server of KurrentDB's gRPC service in this process and in memory, which behaves as 23.10 does and as badly as asked. */
export interface FakeKurrentDb {
  /** For `KurrentDBClient.connectionString`; further parameters follow with `&`. */
  readonly url: string;
  /** The same server by way of gossip. */
  readonly discoverUrl: string;
  readonly port: number;
  readonly faults: Faults;
  readonly traffic: Traffic;
  /** TCP connections now open. A client has two: one of the JavaScript gRPC, one of the Rust reader. */
  connections(): number;
  /** What is stored, in log order; without the server's own events, unless asked for them. */
  log(options?: { system: boolean }): readonly Stored[];
  /** The process ends: connections close, the port refuses. What is stored stays, what was only in memory is lost. */
  stop(): Promise<void>;
  /** It starts again, on the same port. */
  start(): Promise<void>;
  /** Stops for good, and leaves nothing that keeps a process alive. */
  close(): Promise<void>;
}

export interface FakeKurrentDbOptions extends Partial<Settings> {
  /** By default a free one. */
  readonly port?: number;
}

const defaults: Settings = {
  maxAppendSize: 1_048_576,
  maxMessageSize: 16 * 1024 * 1024 - 10_000,
  maxStreams: 100,
  writeTimeoutMs: 2_000,
  slowConsumers: 'drop',
  burst: 100,
  systemEventsEvery: 10,
  now: () => new Date(),
};

/** Starts a server on 127.0.0.1. */
export async function startFakeKurrentDb(options: FakeKurrentDbOptions = {}): Promise<FakeKurrentDb> {
  const { port = 0, ...chosen } = options;
  const settings: Settings = { ...defaults, ...chosen };
  const server = new Server({
    'grpc.max_receive_message_length': settings.maxMessageSize,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': settings.maxStreams,
  });
  const wire = createWire({ port: await bind(server) });
  const inside: Inside = {
    settings,
    wire,
    log: createLog(settings),
    faults: createFaults(),
    traffic: createTraffic(),
    subscriptions: new Set(),
  };
  const { faults, log, subscriptions } = inside;
  log.onCommit(() => subscriptions.forEach(subscription => subscription.committed()));
  server.addService(StreamsService, {
    append: appendCall(inside),
    batchAppend: batchAppendCall(inside),
    read: readCall(inside),
    delete: deleteCall(inside),
    tombstone: tombstoneCall(inside),
  });
  server.addService(ServerFeaturesService, { getSupportedMethods: featuresCall(inside) });
  server.addService(GossipService, { read: gossipCall(inside) });
  await wire.listen(port);

  async function stop(): Promise<void> {
    await wire.unlisten();
    log.forgetIds();
  }

  return {
    url: `kurrentdb://127.0.0.1:${wire.port()}?tls=false`,
    discoverUrl: `kurrentdb+discover://127.0.0.1:${wire.port()}?tls=false`,
    port: wire.port(),
    faults: {
      ...faults,
      dropSubscriptions() {
        const open = [...subscriptions];
        for (const subscription of open) subscription.drop();
        return open.length;
      },
      dropConnections: () => wire.cutAll(),
      freeze: () => wire.freeze(),
      thaw: () => wire.thaw(),
      corrupt: (stream, revision, data) => log.corrupt(stream, revision, Buffer.from(data)),
      rewrite: change => log.rewrite(change),
      heal() {
        faults.heal();
        wire.thaw();
      },
    },
    traffic: inside.traffic,
    connections: () => wire.connections(),
    log: ({ system } = { system: false }) => log.records.filter(({ stream }) => system || !stream.startsWith('$')),
    stop,
    start: () => wire.listen(wire.port()),
    async close() {
      await stop();
      server.forceShutdown();
    },
  };
}

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
  });
}
