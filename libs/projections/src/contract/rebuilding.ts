import { expect } from '@jest/globals';
import { build } from '../build.js';
import { Blocked, follow } from '../follower.js';
import { generationAt, generationsOf, positionOf, tallyOf } from '../generations.js';
import type { Progress } from '../progress.js';
import type { Doc, Projection } from '../projection.js';
import { statusOf } from '../status.js';
import { eventsIn } from '../tally.js';
import type { Assertion, Subject } from './grounds.js';
import {
  activeOf,
  allDocs,
  failing,
  following,
  live,
  operator,
  seen,
  seenDocs,
  tallies,
  totals,
  untilSo,
} from './rebuilding-views.js';

/** `keys` streams, met in turns. */
async function fill(subject: Subject, events: number, keys = 10): Promise<void> {
  for (let index = 0; index < events; index++)
    await subject.append(`test.tally-${index % keys}`, 'Added', { by: 1 + (index % 3) });
}

/** A build that is stopped once it has come some way, as if its process had died. */
async function begunBuild(
  subject: Subject,
  projection: Projection,
  parts = 1,
): Promise<{ generation: number; position: number }> {
  const stopping = new AbortController();
  const context = subject.context({ limits: { pageEvents: 5, batchEvents: 1, retryMs: [1] } });
  const building = build(context, projection, {
    parts,
    signal: stopping.signal,
    follow: (inner, which, at, options) =>
      follow(inner, which, at, { ...options, moved: position => void (position > 10 && stopping.abort()) }),
  });
  await expect(building).rejects.toThrow();
  const [begun] = (await generationsOf(subject.readStore, projection.name)).filter(({ state }) => state === 'building');
  return { generation: begun!.generation, position: Math.max(...begun!.checkpoints.map(({ position }) => position)) };
}

export const rebuilding: Record<string, Assertion> = {
  'PR-22 an event that cannot be digested stops a build where it stands; readers and what they see are untouched':
    async subject => {
      const view: Projection = { ...tallies, onFailure: 'stop' };
      await fill(subject, 20);
      await live(subject, view);
      const before = await seenDocs(subject, view);
      const broken = failing(view, ({ position }) => position === 15);
      await expect(build(subject.context(), broken)).rejects.toBeInstanceOf(Blocked);
      expect(await seenDocs(subject, view)).toEqual(before);
      const [status] = await statusOf(operator(subject, [view]).operations);
      const candidate = status!.generations.at(-1)!;
      expect(candidate).toMatchObject({ state: 'building', position: 14, deadLetters: { blocking: 1 } });
      expect(candidate.error).toMatch(/cannot digest/);
      const { generation, resumed } = await build(subject.context(), view);
      expect({ state: generation.state, resumed, number: generation.generation }).toEqual({
        state: 'active',
        resumed: true,
        number: candidate.number,
      });
      expect(await seenDocs(subject, view)).toEqual(before);
    },

  'PR-23 PR-24 PR-27 readers see whole and ever newer views through a rebuild and its switch, and what came meanwhile is in it':
    async subject => {
      await fill(subject, 300);
      await live(subject, tallies);
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
      // Nobody follows what is ready: it is behind when the switch begins.
      const runners = [tallies, second].map(projection => following(subject, projection, ['active', 'retiring']));
      let stopped = false;
      const sums: number[] = [];
      const versions = new Set<string>();
      const reading = (async () => {
        while (!stopped) {
          const { items } = await seen(subject, second, view => view.find<Doc>('tallies', { limit: 1_000 }));
          versions.add([...new Set(items.map(doc => doc['v']))].join('+'));
          sums.push(items.reduce((sum, doc) => sum + (doc['total'] as number), 0));
          await new Promise(resolve => setImmediate(resolve));
        }
      })();
      let appended = 0;
      const writing = (async () => {
        while (!stopped) {
          await subject.append(`test.tally-${appended++ % 10}`, 'Added');
          await new Promise(resolve => setTimeout(resolve, 1));
        }
      })();
      for (let round = 0; round < 3; round++) {
        const projection = round % 2 === 0 ? second : tallies;
        const context = subject.context({ limits: { pageEvents: 50, batchEvents: 1 } });
        const { generation } = await build(context, projection, { parts: 1 + round, hold: true });
        const goal = appended + 20;
        await untilSo(() => appended > goal);
        expect(await operator(subject, [projection]).order({ order: 'switch' })).toMatchObject({
          ok: true,
          generation: generation.generation,
        });
      }
      stopped = true;
      await Promise.all([reading, writing]);
      const head = await subject.store.head();
      await untilSo(async () => positionOf(await activeOf(subject.readStore, second)) >= head);
      for (const runner of runners) await runner.stop();
      expect(sums).toEqual([...sums].sort((a, b) => a - b));
      expect(sums[0]).toBeGreaterThanOrEqual(300);
      expect([...versions].sort()).toEqual(['1', '2']);
      const { tallies: docs } = await seenDocs(subject, second);
      const { events } = await subject.store.readAll({ after: 0, limit: 1_000_000, types: ['Added'] });
      expect(docs!.flatMap(doc => doc['order'] as number[])).toHaveLength(events.length);
    },

  'PR-29 a rebuild that is cancelled leaves what readers see untouched, and the next one needs no clean-up': async subject => {
    await fill(subject, 40);
    await live(subject, tallies);
    const before = await seenDocs(subject, tallies);
    const { generation } = await begunBuild(subject, tallies);
    expect(await operator(subject, [tallies]).order({ order: 'drop', generation })).toMatchObject({ ok: true });
    expect(await seenDocs(subject, tallies)).toEqual(before);
    expect(await generationsOf(subject.readStore, tallies.name)).toHaveLength(1);
    const built = await build(subject.context(), tallies);
    expect(built).toMatchObject({ resumed: false, generation: { state: 'active' } });
    expect(await seenDocs(subject, tallies)).toEqual(before);
  },

  'PR-29 whoever works on a rebuild that is cancelled ends, and leaves nothing behind': async subject => {
    await fill(subject, 40);
    await live(subject, tallies);
    const broken = failing({ ...tallies, onFailure: 'stop' }, ({ position }) => position === 20);
    const at = { projection: tallies.name, generation: 2 };
    const waiting = build(subject.context({ limits: { blockedRetryMs: 10_000, retryMs: [500, 500] } }), broken);
    waiting.catch(() => {});
    await untilSo(async () => (await generationsOf(subject.readStore, tallies.name)).length === 2);
    expect(await subject.readStore.drop(at)).toBe(true);
    await expect(waiting).rejects.toMatchObject({ name: 'GenerationGone' });
    expect((await generationsOf(subject.readStore, tallies.name)).map(({ state }) => state)).toEqual(['active']);
  },

  'PR-30 PR-11 a rebuild whose process died goes on where it stood, in whatever number of parts, and repeats and loses nothing':
    async subject => {
      await fill(subject, 120, 17);
      await live(subject, tallies);
      const before = await seenDocs(subject, tallies);
      for (const [first, second] of [
        [1, 1],
        [1, 3],
        [3, 1],
        [4, 2],
      ] as const) {
        const { generation, position } = await begunBuild(subject, tallies, first);
        expect(position).toBeGreaterThan(10);
        let applied = 0;
        const built = await build(subject.context({ readStore: await subject.anotherReadStore() }), tallies, {
          parts: second,
          follow: (context, which, at, options) =>
            follow(context, which, at, { ...options, moved: (_, events) => void (applied += events) }),
        });
        expect(built).toMatchObject({ resumed: true, generation: { generation, state: 'active' } });
        expect(applied).toBeLessThan(120);
        expect(eventsIn(tallyOf(await activeOf(subject.readStore, tallies)))).toBe(120);
        expect(built.generation.note.verification).toMatchObject({ passed: true, sampled: 17 });
        expect(await seenDocs(subject, tallies)).toEqual(before);
      }
    },

  'PR-30 two processes that rebuild the same projection build it once': async subject => {
    await fill(subject, 60);
    await live(subject, tallies);
    const one = subject.context();
    const other = subject.context({ readStore: await subject.anotherReadStore() });
    const [first, second] = await Promise.all([build(one, tallies, { parts: 2 }), build(other, tallies)]);
    expect(first!.generation.generation).toBe(second!.generation.generation);
    expect((await generationsOf(subject.readStore, tallies.name)).map(({ state }) => state)).toEqual(['retiring', 'active']);
  },

  'PR-31 a rebuild of what was rebuilt gives the same documents': async subject => {
    await fill(subject, 30);
    await subject.append('test.tally-3', 'Removed');
    await live(subject, totals);
    const before = await seenDocs(subject, totals);
    for (let round = 0; round < 2; round++) {
      await build(subject.context(), totals);
      expect(await seenDocs(subject, totals)).toEqual(before);
    }
  },

  'PR-32 a rebuild leaves the documents and checkpoints of other projections alone': async subject => {
    await fill(subject, 30);
    await live(subject, tallies);
    const other = await live(subject, totals);
    const docs = await seenDocs(subject, totals);
    await build(subject.context(), tallies, { parts: 2 });
    expect(await generationAt(subject.readStore, other)).toEqual(other);
    expect(await seenDocs(subject, totals)).toEqual(docs);
  },

  'PR-34 what was removed is removed in a rebuild as it was live, and comes again where it was begun again': async subject => {
    await live(subject, tallies);
    const runner = following(subject, tallies);
    await fill(subject, 20, 4);
    await subject.append('test.tally-1', 'Removed');
    await subject.append('test.tally-2', 'Removed');
    await subject.append('test.tally-2', 'Added', { by: 5 });
    const head = await subject.store.head();
    await untilSo(async () => positionOf(await activeOf(subject.readStore, tallies)) >= head);
    await runner.stop();
    const before = await seenDocs(subject, tallies);
    expect(before['tallies']!.map(doc => [doc['id'], doc['total']])).toContainEqual(['test.tally-2', 5]);
    expect(before['tallies']!.map(doc => doc['id'])).not.toContain('test.tally-1');
    await build(subject.context(), tallies, { parts: 2 });
    expect(await seenDocs(subject, tallies)).toEqual(before);
  },

  'PR-35 progress never falls and never exceeds the whole, which is the head at the start and what came since': async subject => {
    await fill(subject, 200);
    await live(subject, tallies);
    const looks: Progress[] = [];
    let more = 0;
    await build(subject.context({ limits: { pageEvents: 7, batchEvents: 1 } }), tallies, {
      parts: 2,
      progress: progress => void looks.push(progress),
      follow: (context, which, at, options) =>
        follow(context, which, at, {
          ...options,
          moved() {
            if (more++ < 40) void subject.append('test.tally-1', 'Added');
          },
        }),
    });
    expect(looks.length).toBeGreaterThan(0);
    for (const [index, look] of looks.entries()) {
      const before = looks[index - 1] ?? look;
      expect(look.done).toBeLessThanOrEqual(look.total);
      expect(look.share).toBeLessThanOrEqual(1);
      expect([look.done >= before.done, look.total >= before.total, look.share >= before.share]).toEqual([true, true, true]);
      expect(look.total).toBeGreaterThanOrEqual(200);
    }
    expect(looks.at(-1)).toMatchObject({ state: 'active', share: 1, leftMs: 0 });
    expect(looks.at(-1)!.events).toBeGreaterThanOrEqual(200);
  },

  'PR-49 an index that cannot be built fails the rebuild, with what the engine says, and not what readers see': async subject => {
    await fill(subject, 20);
    await live(subject, tallies);
    const before = await seenDocs(subject, tallies);
    const wrong: Projection = { ...tallies, collections: { tallies: { indexes: [['$x', "it's"]] } } };
    const { generation } = await build(subject.context(), wrong);
    expect(generation.state).toBe('failed');
    expect(generation.note.error).toBeTruthy();
    expect(await seenDocs(subject, tallies)).toEqual(before);
    expect((await build(subject.context(), tallies)).generation.state).toBe('active');
  },

  'PR-50 shadowed generations are listed and can be dropped; what readers see cannot': async subject => {
    await fill(subject, 10);
    await live(subject, tallies);
    await build(subject.context(), tallies);
    await build(subject.context(), tallies, { hold: true });
    const { order, operations } = operator(subject, [tallies]);
    const listed = async () => (await statusOf(operations))[0]!.generations.map(({ number, state }) => [number, state]);
    expect(await listed()).toEqual([
      [1, 'retiring'],
      [2, 'active'],
      [3, 'ready'],
    ]);
    expect(await order({ order: 'drop', generation: 2 })).toMatchObject({ refused: 'conflict', name: 'generation-active' });
    expect(await order({ order: 'drop', generation: 9 })).toMatchObject({ refused: 'missing', name: 'generation-unknown' });
    for (const generation of [1, 3]) expect(await order({ order: 'drop', generation })).toMatchObject({ ok: true });
    expect(await listed()).toEqual([[2, 'active']]);
    expect(
      (await allDocs(subject.readStore.view(tallies, await activeOf(subject.readStore, tallies)), tallies))['tallies'],
    ).toHaveLength(10);
  },
};
