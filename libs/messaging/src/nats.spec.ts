import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { afterAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { natsClient, natsServerOptions, natsVersion, refuseOldServer } from './nats.js';
import { transportContract } from './transport.contract.js';

const binary = process.env['GONGKAI_NATS_SERVER'] ?? 'nats-server';
const there = spawnSync(binary, ['--version']).status === 0;
const required = process.env['GONGKAI_TEST_SERVERS'] === 'required';
const title =
  there || required
    ? 'NATS [on nats-server]'
    : 'NATS [on nats-server] [skipped: no nats-server on PATH or in GONGKAI_NATS_SERVER]';

let server: ChildProcess | undefined;
afterAll(() => void server?.kill());

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise(resolve => probe.close(resolve));
  return port;
}

transportContract(
  title,
  async () => {
    const nats = { servers: `nats://127.0.0.1:${await freePort()}` };
    server = spawn(binary, ['--addr', '127.0.0.1', '--port', new URL(nats.servers).port], { stdio: 'ignore' });
    await new Promise((resolve, reject) => {
      server!.once('spawn', resolve);
      server!.once('error', reject);
    });
    while ((await natsVersion(nats)) === null) await new Promise(resolve => setTimeout(resolve, 50));
    return {
      async serve(module) {
        const service = await NestFactory.createMicroservice(module, { ...natsServerOptions(nats, 'echo'), logger: false });
        await service.listen();
        return service;
      },
      client: () => natsClient(nats, 'spec'),
    };
  },
  there || required ? describe : describe.skip,
);

describe("the NATS server's version", () => {
  it('must be 2.12 or newer, else one clear sentence', () => {
    expect(() => refuseOldServer('2.9.10')).toThrow('2.9.10');
    expect(() => refuseOldServer('2.15.1')).not.toThrow();
    expect(() => refuseOldServer('3.0.0')).not.toThrow();
  });
});
