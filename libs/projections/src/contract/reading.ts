import { expect } from '@jest/globals';
import { generationsOf } from '../generations.js';
import type { Doc, Projection } from '../projection.js';
import { runProjection } from '../projection-runner.js';
import { ViewUnready } from '../served.js';
import type { Assertion } from './grounds.js';
import { modelOf } from './model.js';
import { activeOf, allDocs, failing, live, operator, tallies, untilSo } from './rebuilding-views.js';
import { logOf, steps } from './running.js';

/** The same with another shape of document, which the first version's queries do not know. */
const second: Projection = {
  ...tallies,
  version: 2,
  project: event =>
    tallies.project(event).map(change => ({
      ...change,
      apply: before => {
        const doc = change.apply(before);
        return doc && { ...doc, v: 2 };
      },
    })),
};

export const reading: Record<string, Assertion> = {
  'PR-14 whoever waits for a position reads it then, also from a process that does not run the projection itself':
    async subject => {
      const runners = [
        runProjection(subject.context(), tallies),
        runProjection(subject.context({ readStore: await subject.anotherReadStore() }), tallies),
      ];
      // Asked before there is anything to read.
      expect(await Promise.all(runners.map(runner => runner.waitFor(0, 30_000)))).toEqual([true, true]);
      for (let index = 1; index <= 30; index++) {
        const { position } = await subject.append('test.tally-1', 'Added');
        for (const runner of runners) {
          expect(await runner.waitFor(position, 30_000)).toBe(true);
          expect(await runner.view().get<Doc>('tallies', 'test.tally-1')).toMatchObject({ total: index });
        }
      }
      await untilSo(() => runners.some(({ status }) => status().state === 'standby'));
      expect(runners.map(({ status }) => status().state).sort()).toEqual(['following', 'standby']);
      await untilSo(() => runners.every(({ status }) => status().position === 30));
      for (const runner of runners) await runner.stop();
    },

  'PR-14 a view is in the making until it holds what the log held when it was begun, and from then on merely old, however far behind':
    async subject => {
      const view: Projection = { ...tallies, onFailure: 'stop' };
      for (let index = 0; index < 6; index++) await subject.append('test.tally-1', 'Added');
      const standing = async (at: number) => {
        const runner = runProjection(
          subject.context(),
          failing(view, ({ position }) => position === at),
        );
        await untilSo(() => runner.status().state === 'failed');
        const { whole, position } = runner.status();
        await runner.stop();
        return { whole, position };
      };
      expect(await standing(4)).toEqual({ whole: false, position: 3 });
      const { position: skipped } = await subject.append('test.tally-2', 'Added');
      expect(await standing(skipped)).toEqual({ whole: true, position: 6 });
      for (let index = 0; index < 6; index++) await subject.append('test.tally-1', 'Added');
      expect(await standing(skipped)).toEqual({ whole: true, position: 6 });
      const another = runProjection(subject.context({ readStore: await subject.anotherReadStore() }), view);
      expect(await another.waitFor(await subject.store.head(), 30_000)).toBe(true);
      expect(another.status().whole).toBe(true);
      await another.stop();
    },

  'PR-14 whoever waits for what does not come is told so in time, and by which projection': async subject => {
    await steps(subject, 5);
    const runner = runProjection(subject.context(), tallies);
    const another = runProjection(subject.context({ readStore: await subject.anotherReadStore() }), tallies);
    expect(await runner.waitFor(await subject.store.head(), 30_000)).toBe(true);
    await operator(subject, [tallies]).order({ order: 'pause' });
    const { position } = await subject.append('test.tally-1', 'Added');
    const begun = performance.now();
    expect(await runner.waitFor(position, 300)).toBe(false);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(299);
    // Also by whoever would take over.
    for (const { status } of [runner, another]) await untilSo(() => status().state === 'paused');
    expect(runner.status()).toMatchObject({ name: 'tallies' });
    expect(runner.status().position).toBeLessThan(position);
    expect(await runner.waitFor(position + 1_000, 0)).toBe(false);
    await another.stop();
    await runner.stop();
  },

  'PR-45 another version is met at the start: its queries are not answered from documents they do not know, but built for':
    async subject => {
      await steps(subject, 30);
      await live(subject, tallies);
      const { order } = operator(subject, [tallies]);
      await order({ order: 'pause' });
      const runner = runProjection(subject.context(), second);
      await untilSo(() => runner.status().building !== undefined);
      expect(runner.status()).toMatchObject({ version: 2, state: 'building', building: { goal: 31 } });
      await expect(runner.view().find('tallies', { limit: 10 })).rejects.toBeInstanceOf(ViewUnready);
      expect(await runner.view().position()).toBeNull();
      expect(await runner.waitFor(0, 50)).toBe(false);
      await order({ order: 'resume' });
      const head = await subject.store.head();
      await untilSo(() => runner.status().state === 'following');
      expect(await runner.waitFor(head, 30_000)).toBe(true);
      const found = (await allDocs(runner.view(), second))['tallies'];
      expect(found).toEqual(modelOf(await logOf(subject)).map(doc => ({ ...doc, v: 2 })));
      expect((await activeOf(subject.readStore, second)).version).toBe(2);
      await runner.stop();
    },

  'PR-45 PR-23 where today’s queries know the earlier version too, it answers until the new one is built; a query stays on one of them':
    async subject => {
      await steps(subject, 30);
      await live(subject, tallies);
      const { order } = operator(subject, [tallies]);
      await order({ order: 'pause' });
      const runner = runProjection(subject.context(), { ...second, answersLike: [1] });
      await untilSo(() => runner.status().building !== undefined);
      const query = runner.view();
      const before = await allDocs(query, second);
      expect(before['tallies']!.map(({ v }) => v)).toEqual(before['tallies']!.map(() => 1));
      expect(before['tallies']).toEqual(modelOf((await logOf(subject)).slice(0, 30)));
      await order({ order: 'resume' });
      await untilSo(() => runner.status().state === 'following');
      expect(await allDocs(query, second)).toEqual(before);
      const after = (await allDocs(runner.view(), second))['tallies']!;
      expect(after.map(({ v }) => v)).toEqual(after.map(() => 2));
      await runner.stop();
    },

  'PR-45 a program that a newer one takes the place of goes on answering, and does not build its own anew': async subject => {
    await steps(subject, 30);
    await live(subject, tallies);
    const old = runProjection(subject.context(), tallies);
    const young = runProjection(subject.context(), second);
    await untilSo(() => young.status().state === 'following');
    const { position } = await subject.append('test.tally-1', 'Added');
    for (const [runner, v] of [
      [old, 1],
      [young, 2],
    ] as const) {
      expect(await runner.waitFor(position, 30_000)).toBe(true);
      expect(await runner.view().get<Doc>('tallies', 'test.tally-1')).toMatchObject({ v });
    }
    // Several looks later, nobody has begun to take it back.
    await new Promise(resolve => setTimeout(resolve, 1_500));
    expect((await generationsOf(subject.readStore, 'tallies')).map(({ version, state }) => [version, state])).toEqual([
      [1, 'retiring'],
      [2, 'active'],
    ]);
    await old.stop();
    await young.stop();
  },

  'PR-30 a build that nobody carries on is carried on by whoever runs the projection': async subject => {
    await steps(subject, 30);
    await live(subject, tallies);
    const left = (await subject.readStore.create(tallies, { parts: 1, goal: 30, state: 'building' }))!;
    const runner = runProjection(subject.context(), tallies);
    await untilSo(async () => (await activeOf(subject.readStore, tallies)).generation === left.generation);
    const { position } = await subject.append('test.tally-1', 'Added');
    expect(await runner.waitFor(position, 30_000)).toBe(true);
    expect((await allDocs(runner.view(), tallies))['tallies']).toEqual(modelOf(await logOf(subject)));
    await runner.stop();
  },
};
