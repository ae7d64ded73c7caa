import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operationsEvents } from '#contracts';
import type { Digests } from '#commands';
import { type Appended, type Metadata, openSqliteEventStore, versioned, type VersionedStore } from '#event-store';
import { z } from 'zod';
import type { Context } from '../context.js';
import type { Doc } from '../projection.js';
import type { ReadStore } from '../read-store.js';
import type { Fixture } from './fixture.js';

const stepped = z.strictObject({ by: z.number().optional(), poison: z.boolean().optional(), title: z.string().optional() });
export const types = {
  Added: { version: 1, data: stepped },
  Removed: { version: 1, data: stepped },
  Other: { version: 1, data: stepped },
  ...operationsEvents,
};

/** What every assertion works with. */
export interface Subject {
  fixture: Fixture;
  store: VersionedStore;
  /** Where the log is: another process opens it there. */
  eventsFile: string;
  readStore: ReadStore;
  /** A process of its own on the same stores. */
  context(more?: Partial<Context>): Context;
  /** Another connection to the same views. */
  anotherReadStore(): Promise<ReadStore>;
  append(stream: string, type: string, data?: Doc, metadata?: Partial<Metadata>): Promise<Appended>;
  close(): Promise<void>;
}

export type Assertion = (subject: Subject) => Promise<void>;

let processes = 0;

export async function groundsOn(fixture: Fixture): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-projections-'));
  const eventsFile = join(folder, 'events.db');
  const store = versioned(await openSqliteEventStore(eventsFile), types);
  const readStore = await fixture.open();
  const others: ReadStore[] = [];
  let ids = 0;
  return {
    fixture,
    store,
    eventsFile,
    readStore,
    context: more => ({
      store,
      readStore,
      owner: `process-${++processes}`,
      leaseMs: 1_000,
      now: () => new Date(),
      log: { info: () => {}, error: () => {} },
      limits: { retryMs: [1, 1], blockedRetryMs: 50 },
      ...more,
    }),
    async anotherReadStore() {
      const other = await fixture.open();
      others.push(other);
      return other;
    },
    append(stream, type, data = {}, metadata = {}) {
      const id = `e${++ids}`;
      const told = { commandId: id, command: 'test.step', commandDigest: id, correlationId: 'c', person: 'p', name: '某人' };
      const when = { occurredOn: '2013-04-20', recordedAt: '2013-04-20T00:00:00.000Z' };
      return store.append(stream, [{ id, type, data, metadata: { ...told, ...when, ...metadata } }], 'any');
    },
    async close() {
      for (const other of others) await other.close();
      await readStore.close();
      await fixture.clean();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Commands in the clear: nobody's secret is in them. */
export const digests: Digests = {
  of: async content => JSON.stringify(content),
  same: async (kept, content) => kept === JSON.stringify(content),
};
