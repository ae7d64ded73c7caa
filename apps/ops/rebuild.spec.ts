import { randomBytes, randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyedDigests } from '#commands';
import { openSqliteEventStore, versioned, type VersionedStore } from '#event-store';
import { operate, type Operations, openSqliteViews, statusOf } from '#projections';
import { eventTypes } from './event-types.js';
import { rooms } from './files.js';

const golden = 'libs/event-store/golden';
const noKeys = {
  keyOf: async () => {
    throw new Error('an order holds no personal data');
  },
  makeKey: async () => {
    throw new Error('an order holds no personal data');
  },
};

describe.each(readdirSync(golden).filter(name => name.startsWith('data-folder-') && !name.includes('.')))('%s', name => {
  let folder: string;
  let store: VersionedStore;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gongkai-rebuild-'));
    copyFileSync(join(golden, name, 'events.db'), join(folder, 'events.db'));
    store = versioned(await openSqliteEventStore(join(folder, 'events.db')), eventTypes);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('PR-33 every view of the house is rebuilt, proves complete, and stores nothing but who ordered it and why', async () => {
    const before = await store.head();
    const ordered: string[] = [];
    for (const [room, projections] of Object.entries(rooms)) {
      const readStore = await openSqliteViews(join(folder, `${room}.db`));
      const operations: Operations = {
        ...{ store, readStore, projections, room, owner: 'ops', leaseMs: 10_000, digests: keyedDigests(randomBytes(32), noKeys) },
        ...{ now: () => new Date(), today: () => '2026-11-25', log: { info: () => {}, error: () => {} } },
      };
      const envelope = () => ({ person: 'operator:li', name: '李', correlationId: 'c', commandId: randomUUID() });
      for (const { name: projection } of projections) {
        for (const parts of [1, 3]) {
          const order = { order: 'rebuild', projection, parts, reason: '年度演练' };
          const outcome = await operate(operations, order, envelope());
          expect(outcome).toMatchObject({
            ok: true,
            state: 'active',
            verification: { passed: true, missing: [], differing: [] },
          });
          ordered.push(projection);
        }
      }
      for (const { generations } of await statusOf(operations)) {
        expect(generations.at(-1)).toMatchObject({
          state: 'active',
          complete: { proven: true },
          verification: { against: { generation: 1 } },
        });
        const { collections } = generations.at(-1)!.verification!.against!;
        for (const counts of Object.values(collections)) {
          expect(counts).toMatchObject({ here: counts.there, added: 0, gone: 0, changed: 0 });
        }
      }
      await readStore.close();
    }
    const { events } = await store.readAll({ after: before, limit: 1_000 });
    expect(events.map(({ type, stream, data }) => [type, stream, data['projection']])).toEqual(
      ordered.map(one => ['ProjectionOrdered', `operations.projection-${one}`, one]),
    );
  });
});
