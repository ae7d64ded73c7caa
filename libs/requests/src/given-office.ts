import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { Accepted, Operation, Reply } from '#contracts';
import { handle, keyedDigests, newCommandId } from '#commands';
import { openSqliteEventStore, versioned } from '#event-store';
import { House, InProcessBus, InProcessClient, InProcessServer } from '#messaging';
import { createLog, type Platform } from '#platform';
import { masterKeysOf, openSqliteKeys } from '#privacy';
import { openSqliteViews } from '#projections';
import { RequestsModule } from './requests.module.js';
import { requestsEventTypes } from './requests.events.js';
import { dataSubject, erase } from './subject/subject.js';

const folk = {
  officer: { person: 'zhou', name: '周启明', roles: ['request-officer'] },
  auditor: { person: 'zhao', name: '赵敏', roles: ['auditor'] },
};

export interface Bus {
  server: MicroserviceOptions;
  client: ConstructorParameters<typeof House>[0];
}

export function inProcess(): Bus {
  const bus = new InProcessBus();
  return { server: { strategy: new InProcessServer(bus) }, client: new InProcessClient(bus) };
}

const clock = { now: () => new Date('2026-03-02T04:00:00Z'), today: () => '2026-03-02' };
const master = masterKeysOf(randomBytes(32).toString('base64'))!;

/** For specs: what an office works on, without one. */
export async function openStores(folder: string, keysFolder = 'keys') {
  const stored = await openSqliteEventStore(join(folder, 'events.db'));
  const keys = await openSqliteKeys(join(folder, keysFolder, 'keys.db'), master);
  return {
    stored,
    keys,
    async close() {
      await stored.close();
      await keys.close();
    },
  };
}

/** For specs: the fact of an erasure and nothing more, as if the operator's process had died just then. */
export async function eraseAndDie(folder: string, subject: string): Promise<void> {
  const { stored, keys, close } = await openStores(folder);
  await handle(versioned(stored, requestsEventTypes), dataSubject, subject, { id: subject, why: '本人请求' }, erase, {
    commandId: newCommandId(clock.now()),
    command: 'requests.subject.erase',
    correlationId: 'walk',
    actor: { person: 'operator:wu', name: '吴刚', roles: ['operator'] },
    now: clock.now(),
    today: clock.today(),
    digests: keyedDigests(await keys.secret('command-digests'), keys),
  });
  await close();
}

/** For specs: the requests as they run, asked over a bus as the gateway asks. `keys` names the folder of the keys. */
export async function openOffice(folder: string, { bus = inProcess(), keys: keysFolder = 'keys' } = {}) {
  const { stored, keys, close } = await openStores(folder, keysFolder);
  const readStore = await openSqliteViews(join(folder, 'views.db'));
  const digests = keyedDigests(await keys.secret('command-digests'), keys);
  const platform = {
    config: { refoldEveryMs: 60_000 },
    log: createLog('requests', { logLevel: 'silent' }),
    clock,
    tokens: { verify: async (token: string) => folk[token as keyof typeof folk] ?? null },
    store: stored,
    keys,
    digests,
    readStore: async () => readStore,
  } as unknown as Platform;
  const app: INestMicroservice = await NestFactory.createMicroservice<MicroserviceOptions>(RequestsModule.on(platform), {
    ...bus.server,
    logger: false,
    abortOnError: false,
  });
  await app.listen();
  const house = new House(bus.client, 5_000, { error: () => {} });

  return {
    stored,
    keys,
    house,
    async ask<T = Accepted>(
      operation: Operation,
      input: object,
      { as = 'officer', commandId }: { as?: keyof typeof folk; commandId?: string } = {},
    ): Promise<Reply<T>> {
      const command = operation.kind === 'command' ? { commandId: commandId ?? newCommandId(clock.now()) } : {};
      return house.ask<T>(operation, { input, correlationId: 'walk', token: as, ...command });
    },
    async close() {
      await house.close();
      await app.close();
      await readStore.close();
      await close();
    },
  };
}

export type Office = Awaited<ReturnType<typeof openOffice>>;
