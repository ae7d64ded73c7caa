import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type EventStore, openSqliteEventStore, versioned } from '#event-store';
import { z } from 'zod';
import {
  catchUp,
  type Doc,
  openSqliteReadStore,
  type Projection,
  ProjectionRunner,
  ReactionRunner,
  type ReadStore,
  rebuild,
} from './index.js';

const tally: Projection = {
  name: 'tally',
  version: 1,
  collections: { tallies: { indexes: [['total']], text: ['title'] } },
  events: ['Added', 'Removed'],
  project: ({ type, data }) => [
    {
      collection: 'tallies',
      id: data['key'] as string,
      apply: before =>
        type === 'Removed'
          ? null
          : { id: data['key'], title: data['title'] ?? '', total: ((before?.['total'] as number | undefined) ?? 0) + 1 },
    },
  ],
};
const silent = { error: () => {} };

describe('projections', () => {
  let folder: string;
  let store: EventStore;
  let readStore: ReadStore;
  let next = 0;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gongkai-views-'));
    store = await openSqliteEventStore(join(folder, 'events.db'));
    readStore = await openSqliteReadStore(join(folder, 'views.db'));
  });
  afterEach(async () => {
    await readStore.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const append = (type: string, key: string, title?: string) =>
    store.append(
      `test.tally-${key}`,
      [{ id: `e${++next}`, type, version: 1, data: { key, ...(title ? { title } : {}) }, metadata: {} as never }],
      'any',
    );
  const model = (log: readonly { type: string; data: Record<string, unknown> }[]) => {
    const totals = new Map<string, number>();
    for (const { type, data } of log) {
      if (type === 'Removed') totals.delete(data['key'] as string);
      if (type === 'Added') totals.set(data['key'] as string, (totals.get(data['key'] as string) ?? 0) + 1);
    }
    return totals;
  };
  const totals = async () =>
    new Map(
      (await readStore.view(tally).find<{ id: string; total: number }>('tallies', { limit: 1000 })).items.map(doc => [
        doc.id,
        doc.total,
      ]),
    );

  it('PR-01 PR-04 the view is the fold of the log, in batches of any size, also when run again from anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('Added', 'Added', 'Removed', 'Other'), fc.constantFrom('a', 'b', 'c')), {
          maxLength: 40,
        }),
        fc.constantFrom(1, 3, 1000),
        async (steps, batch) => {
          for (const [type, key] of steps) await append(type, key);
          const generation = await readStore.prepare(tally);
          await catchUp(store, readStore, tally, generation, { batch });
          expect(await totals()).toEqual(model((await store.readAll({ after: 0, limit: 100_000 })).events));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('PR-07 a runner whose checkpoint was moved by another writes nothing', async () => {
    await append('Added', 'a');
    const generation = await readStore.prepare(tally);
    expect(await readStore.commit(tally, generation, [], 1)).toBe(true);
    expect(await readStore.commit(tally, generation, [{ collection: 'tallies', id: 'a', doc: { total: 99 } }], 2)).toBe(false);
    expect(await totals()).toEqual(new Map());
  });

  it('PR-08 two runners of one projection count each event once', async () => {
    const other = await openSqliteReadStore(join(folder, 'views.db'));
    const runners = [readStore, other].map(one => new ProjectionRunner(store, one, tally, silent));
    for (const runner of runners) runner.start();
    for (let index = 0; index < 60; index++) await append('Added', 'a');
    const head = await store.head();
    expect(await Promise.all(runners.map(runner => runner.waitFor(head, 10_000)))).toEqual([true, true]);
    expect(await totals()).toEqual(new Map([['a', 60]]));
    for (const runner of runners) await runner.stop();
    await other.close();
  });

  it('PR-12 a projection with nothing to do is at the head', async () => {
    const runner = new ProjectionRunner(store, readStore, tally, silent);
    runner.start();
    await append('Other', 'a');
    expect(await runner.waitFor(await store.head(), 5_000)).toBe(true);
    await runner.stop();
  });

  it('PR-23 PR-27 a rebuild answers with the old view until it is whole, then holds what came meanwhile too', async () => {
    for (let index = 0; index < 30; index++) await append('Added', 'a');
    await catchUp(store, readStore, tally, await readStore.prepare(tally));
    let during: Map<string, number> | undefined;
    let asked: Promise<unknown> = Promise.resolve();
    const { events } = await rebuild(store, readStore, tally, {
      batch: 10,
      progress: () => (asked = asked.then(async () => (during = await totals()))),
    });
    await asked;
    expect(events).toBe(30);
    expect(during).toEqual(new Map([['a', 30]]));
    expect(await totals()).toEqual(new Map([['a', 30]]));
  });

  it('PR-27 a rebuild is not switched to while the live view is ahead of it', async () => {
    await append('Added', 'a');
    const runner = new ProjectionRunner(store, readStore, tally, silent);
    runner.start();
    await runner.waitFor(await store.head(), 5_000);
    const generation = await readStore.beginGeneration(tally);
    const built = await catchUp(store, readStore, tally, generation);
    await append('Added', 'a');
    await runner.waitFor(await store.head(), 5_000);
    expect(await readStore.activate(tally, built)).toBe(false);
    expect(await totals()).toEqual(new Map([['a', 2]]));
    expect(await readStore.activate(tally, await catchUp(store, readStore, tally, built))).toBe(true);
    expect(await totals()).toEqual(new Map([['a', 2]]));
    await append('Added', 'a');
    expect(await runner.waitFor(await store.head(), 5_000)).toBe(true);
    expect(await totals()).toEqual(new Map([['a', 3]]));
    await runner.stop();
  });

  it('PR-29 a rebuild that fails leaves the live view untouched', async () => {
    await append('Added', 'a');
    await catchUp(store, readStore, tally, await readStore.prepare(tally));
    const broken: Projection = {
      ...tally,
      project: () => {
        throw new Error('poison');
      },
    };
    await expect(rebuild(store, readStore, broken)).rejects.toThrow('poison');
    expect(await totals()).toEqual(new Map([['a', 1]]));
  });

  it('PR-45 another version of a projection is built anew', async () => {
    await append('Added', 'a');
    await catchUp(store, readStore, tally, await readStore.prepare(tally));
    const second = { ...tally, version: 2 };
    expect((await readStore.prepare(second)).position).toBe(0);
  });

  it('an event that cannot be digested stops the projection visibly and is not skipped', async () => {
    const poison: Projection = {
      ...tally,
      project: () => {
        throw new Error('poison');
      },
    };
    const runner = new ProjectionRunner(store, readStore, poison, silent);
    await append('Added', 'a');
    runner.start();
    expect(await runner.waitFor(await store.head(), 300)).toBe(false);
    expect(runner.status()).toMatchObject({ state: 'failed', position: 0, error: 'poison' });
    await runner.stop();
  });

  describe('over events of several versions', () => {
    const named = z.strictObject({ key: z.string(), title: z.string() });
    const types = {
      Added: { version: 2, data: named, upcasts: { 1: ({ key, name }: Doc) => ({ key, title: name }) } },
      Removed: { version: 1, data: named },
    };
    const stored = (version: number, data: Doc) =>
      store.append('test.tally-a', [{ id: `e${++next}`, type: 'Added', version, data, metadata: {} as never }], 'any');

    it('PR-46 a view is the same, whichever version its events were stored in', async () => {
      const views: unknown[] = [];
      for (const versions of [
        [1, 1],
        [1, 2],
        [2, 2],
      ]) {
        const from = await store.head();
        for (const version of versions) await stored(version, { key: 'a', [version === 1 ? 'name' : 'title']: '芦山' });
        const fresh = await openSqliteReadStore(':memory:');
        const begun = { ...(await fresh.prepare(tally)), position: from };
        await fresh.commit(tally, await fresh.prepare(tally), [], from);
        await catchUp(versioned(store, types), fresh, tally, begun);
        views.push(await fresh.view(tally).get('tallies', 'a'));
        await fresh.close();
      }
      expect(views).toEqual([1, 2, 3].map(() => ({ id: 'a', title: '芦山', total: 2 })));
    });

    it('a version that this program does not know stops a view and a reaction, with where it is and what to do', async () => {
      await stored(2, { key: 'a', title: '芦山' });
      await stored(3, { whatever: true });
      const met: unknown[] = [];
      const reaction = { name: 'when-added', events: ['Added'], react: async ({ data }: { data: Doc }) => void met.push(data) };
      const runners = [
        new ProjectionRunner(versioned(store, types), readStore, tally, silent),
        new ReactionRunner(versioned(store, types), readStore, reaction, silent),
      ];
      for (const runner of runners) {
        runner.start();
        const until = Date.now() + 5_000;
        while (runner.status().state !== 'failed' && Date.now() < until) await new Promise(resolve => setTimeout(resolve, 10));
        const error = expect.stringMatching(/请升级本程序.*Event 1 of test\.tally-a is Added version 3.*upgrade/) as unknown;
        expect(runner.status()).toMatchObject({ state: 'failed', position: 0, error });
        await runner.stop();
      }
      expect(met).toContainEqual({ key: 'a', title: '芦山' });
      expect(met).not.toContainEqual({ whatever: true });
    });
  });

  it('pages by cursor neither repeat nor lose an item while others are added', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) await append('Added', key);
    const generation = await catchUp(store, readStore, tally, await readStore.prepare(tally));
    const view = readStore.view(tally);
    const first = await view.find<Doc>('tallies', { sort: [['total', 'desc']], limit: 2 });
    await append('Added', 'aa');
    await catchUp(store, readStore, tally, generation);
    const rest = await view.find<Doc>('tallies', { sort: [['total', 'desc']], limit: 10, after: first.next! });
    expect([...first.items, ...rest.items].map(doc => doc['id'])).toEqual(['e', 'd', 'c', 'b', 'aa', 'a']);
    await expect(view.find('tallies', { limit: 1, after: 'nonsense' })).rejects.toMatchObject({ name: 'InvalidCursor' });
  });

  it.each([
    ['地震', true],
    ['救災', true],
    ['災後', false],
    ['山地', true],
    ['建', true],
    ['2013', true],
    ['芦山 通知', true],
    ['雪灾', false],
    ['"; DROP', false],
  ])('the words %s are found in simplified and traditional text: %s', async (words, found) => {
    await append('Added', 'a', '关于2013年芦山地震抗震救灾和恢复重建的通知');
    await catchUp(store, readStore, tally, await readStore.prepare(tally));
    expect(await readStore.view(tally).count('tallies', { search: words })).toBe(found ? 1 : 0);
  });

  it('a reaction meets every event at least once and goes on after a failure where it stood', async () => {
    const met: string[] = [];
    let fail = true;
    const reaction = {
      name: 'when-added',
      events: ['Added'],
      react: async ({ data }: { data: Record<string, unknown> }) => {
        if (data['key'] === 'b' && fail) {
          fail = false;
          throw new Error('not now');
        }
        met.push(data['key'] as string);
      },
    };
    for (const key of ['a', 'b', 'c']) await append('Added', key);
    const runner = new ReactionRunner(store, readStore, reaction, silent);
    runner.start();
    const until = Date.now() + 5_000;
    while (!met.includes('c') && Date.now() < until) await new Promise(resolve => setTimeout(resolve, 10));
    await runner.stop();
    expect(met).toEqual(['a', 'a', 'b', 'c']);
  });
});
