import { expect } from '@jest/globals';
import { build, nearEvents } from '../build.js';
import { generationAt, generationsOf, positionOf } from '../generations.js';
import type { Doc, Projection } from '../projection.js';
import type { Ref, Write } from '../read-store.js';
import { seize } from '../seize.js';
import { statusOf } from '../status.js';
import { checkSample, verify } from '../verify.js';
import type { Assertion, Subject } from './grounds.js';
import { activeOf, failing, following, live, operator, ordered, seenDocs, tallies, totals, untilSo } from './rebuilding-views.js';

/** Documents as no event made them, put where they should never be. */
export async function tamper(
  subject: Subject,
  projection: Projection,
  at: Ref,
  writes: readonly Write[],
  miscount = 0,
): Promise<void> {
  const { lease, checkpoint } = await seize(subject.context(), projection, at);
  const { part, position, tally } = checkpoint;
  const added = tally['Added']!;
  const counted = miscount === 0 ? tally : { ...tally, Added: { ...added, count: added.count - miscount } };
  await subject.readStore.commit(projection, at, {
    ...{ part, fence: lease.fence, from: position, to: position, repair: true },
    writes,
    tally: counted,
  });
  await lease.release();
}

/** Built, verified and held, behind what readers see. */
async function candidate(subject: Subject, projection: Projection): Promise<Ref> {
  const { generation } = await build(subject.context(), projection, { hold: true });
  return { projection: projection.name, generation: generation.generation };
}

async function some(subject: Subject, count = 30): Promise<void> {
  for (let index = 0; index < count; index++) await subject.append(`test.tally-${index % 6}`, 'Added', { by: 1 + (index % 2) });
}

export const proving: Record<string, Assertion> = {
  'PR-26 a verification counts every type, refolds sampled keys byte for byte, and says what differs from what readers see':
    async subject => {
      await some(subject);
      await live(subject, tallies);
      const at = await candidate(subject, tallies);
      expect(await verify(subject.context(), tallies, at)).toEqual({
        position: 30,
        passed: true,
        missing: [],
        sampled: 6,
        differing: [],
        undigested: 0,
        against: {
          generation: 1,
          collections: { tallies: { here: 6, there: 6, added: 0, gone: 0, changed: 0 } },
          examples: [],
        },
      });
      const doc = { id: 'test.tally-1', v: 1, title: '芦山', total: 999, order: [] };
      await tamper(subject, tallies, at, [
        { collection: 'tallies', id: 'test.tally-1', key: 'test.tally-1', position: 26, doc },
        { collection: 'tallies', id: 'test.tally-2', key: 'test.tally-2', position: 27, doc: null },
        { collection: 'tallies', id: 'nobody', key: 'test.tally-3', position: 28, doc: { ...doc, id: 'nobody' } },
      ]);
      const found = await verify(subject.context(), tallies, at);
      expect(found.passed).toBe(false);
      expect(found.differing.map(({ id }) => id).sort()).toEqual(['nobody', 'test.tally-1', 'test.tally-2']);
      expect(found.against!.collections).toEqual({ tallies: { here: 6, there: 6, added: 1, gone: 1, changed: 1 } });
      expect(found.against!.examples.sort()).toEqual([
        'tallies nobody: added',
        'tallies test.tally-1: changed',
        'tallies test.tally-2: gone',
      ]);
      await tamper(subject, tallies, at, [], 1);
      expect((await verify(subject.context(), tallies, at)).missing).toEqual([{ type: 'Added', stored: 30, seen: 29 }]);
    },

  'PR-26 a changed version is compared with the one before, also where its collections are others': async subject => {
    await some(subject);
    await live(subject, tallies);
    const changed: Projection = {
      ...tallies,
      version: 2,
      collections: { ...tallies.collections, names: { indexes: [] } },
      project: event => [
        ...tallies.project(event).map(change => ({
          ...change,
          apply: (before: Doc | null) => ({ ...change.apply(before), v: 2 }),
        })),
        { collection: 'names', id: event.stream, apply: () => ({ id: event.stream }) },
      ],
    };
    const { generation } = await build(subject.context(), changed);
    expect(generation.state).toBe('active');
    expect(generation.note.verification).toMatchObject({
      passed: true,
      against: {
        generation: 1,
        collections: {
          tallies: { here: 6, there: 6, added: 0, gone: 0, changed: 6 },
          names: { here: 6, there: 0, added: 6, gone: 0, changed: 0 },
        },
      },
    });
    const [status] = await statusOf(operator(subject, [changed]).operations);
    expect(status).toMatchObject({ version: 2, active: 2, generations: [{ version: 1, state: 'retiring' }, { version: 2 }] });
    const back = await operator(subject, [changed]).order({ order: 'rollback' });
    expect(back).toMatchObject({ ok: true, generation: 1 });
    expect((back as { zh: string }).zh).toMatch(/属于第 1 版/);
  },

  'PR-26 a view of one key is refolded from the whole log, while it is followed': async subject => {
    await some(subject);
    await live(subject, totals);
    const runner = following(subject, totals);
    let stopped = false;
    let appended = 0;
    const writing = (async () => {
      while (!stopped) {
        await subject.append(`test.tally-${appended++ % 6}`, 'Added');
        await new Promise(resolve => setTimeout(resolve, 2));
      }
    })();
    for (let round = 0; round < 5; round++) {
      const at = await activeOf(subject.readStore, totals);
      expect(await verify(subject.context(), totals, at)).toMatchObject({ passed: true, sampled: 1 });
    }
    stopped = true;
    await writing;
    const head = await subject.store.head();
    await untilSo(async () => positionOf(await activeOf(subject.readStore, totals)) >= head);
    await runner.stop();
    const at = await activeOf(subject.readStore, totals);
    const sum = { id: 'Added', sum: 1, last: head };
    await tamper(subject, totals, at, [{ collection: 'totals', id: 'Added', key: 'all', position: head, doc: sum }]);
    expect(await verify(subject.context(), totals, at)).toMatchObject({
      passed: false,
      differing: [{ collection: 'totals', id: 'Added' }],
    });
  },

  'PR-26 a check that goes round the log comes to every key, and finds the one document that is not its fold': async subject => {
    await some(subject, 60);
    const at = await live(subject, tallies);
    const doc = { id: 'test.tally-4', v: 1, title: '芦山', total: 0, order: [] };
    const round = async () => {
      const keys = new Set<string>();
      const differing = new Set<string>();
      let after = 0;
      do {
        const checked = await checkSample(subject.context(), tallies, at, { after, keys: 7 });
        for (const key of checked.keys) keys.add(key);
        for (const { id } of checked.differing) differing.add(id);
        after = checked.next;
      } while (after > 0);
      return { keys: keys.size, differing: [...differing] };
    };
    expect(await round()).toEqual({ keys: 6, differing: [] });
    await tamper(subject, tallies, at, [{ collection: 'tallies', id: doc.id, key: doc.id, position: 59, doc }]);
    expect(await round()).toEqual({ keys: 6, differing: ['test.tally-4'] });
  },

  'PR-26 a rebuild that parks what readers already see digested does not pass': async subject => {
    await some(subject);
    await live(subject, tallies);
    const before = await seenDocs(subject, tallies);
    const { generation } = await build(
      subject.context(),
      failing(tallies, ({ position }) => position === 20),
    );
    expect(generation).toMatchObject({ state: 'failed', note: { verification: { passed: false, undigested: 2 } } });
    expect(generation.note.error).toMatch(/搁置.*parked/);
    expect(await seenDocs(subject, tallies)).toEqual(before);
  },

  'PR-26 a rebuild that is ahead of what readers see is not blamed for what they have still to come to': async subject => {
    await some(subject);
    const poisoned = failing(tallies, ({ position }) => position === 35);
    await live(subject, poisoned);
    await some(subject, 12);
    const { generation } = await build(subject.context(), poisoned, { hold: true });
    expect(generation).toMatchObject({ state: 'ready', note: { verification: { passed: true, position: 42, undigested: 0 } } });
  },

  'PR-25 readers are switched only to what is verified and at the head; whoever forces it says why, and it is recorded':
    async subject => {
      await some(subject);
      await live(subject, tallies);
      const { order } = operator(subject, [tallies]);
      expect(await order({ order: 'switch' })).toMatchObject({ refused: 'missing', name: 'no-generation' });
      expect(await order({ order: 'switch', generation: 1 })).toMatchObject({ refused: 'conflict', name: 'active-already' });
      const at = await candidate(subject, tallies);
      const doc = { id: 'test.tally-1', v: 1, title: '芦山', total: 999, order: [] };
      await tamper(subject, tallies, at, [{ collection: 'tallies', id: doc.id, key: doc.id, position: 26, doc }]);
      expect(await order({ order: 'verify' })).toMatchObject({ ok: false, state: 'failed', generation: at.generation });
      const refused = await order({ order: 'switch', generation: at.generation });
      expect(refused).toMatchObject({ refused: 'conflict', name: 'not-verified' });
      expect((await activeOf(subject.readStore, tallies)).generation).toBe(1);
      for (const reason of [undefined, '', '   ', '联系人：王某 13912345678']) {
        const forced = await order({ order: 'switch', generation: at.generation, force: true, reason });
        expect(forced).toMatchObject({ refused: 'invalid', name: 'order-invalid', issues: [{ path: 'reason' }] });
      }
      const force = { order: 'switch', generation: at.generation, force: true, reason: '上级要求当日启用' };
      expect(await order(force)).toMatchObject({ ok: true, state: 'active' });
      expect((await activeOf(subject.readStore, tallies)).generation).toBe(at.generation);
      // What was refused left nothing.
      expect(await ordered(subject)).toEqual([
        { projection: 'tallies', order: 'verify', generation: at.generation, reason: '演练' },
        { projection: 'tallies', ...force },
      ]);
    },

  'PR-25 a generation that is behind is not switched to until it has caught up': async subject => {
    await some(subject, 6);
    await live(subject, tallies);
    const at = await candidate(subject, tallies);
    const many = Array.from({ length: nearEvents + 1 }, (_, index) => index);
    for (const index of many) await subject.append(`test.tally-${index % 6}`, 'Added');
    const { order } = operator(subject, [tallies]);
    expect(await order({ order: 'switch' })).toMatchObject({ refused: 'conflict', name: 'not-at-head' });
    const runner = following(subject, tallies);
    const head = await subject.store.head();
    await untilSo(async () => positionOf(await generationAt(subject.readStore, at)) >= head);
    expect(await order({ order: 'switch' })).toMatchObject({ ok: true, generation: at.generation });
    await runner.stop();
  },

  'PR-25 a held rebuild waits for the order to switch; the same command again is the same order': async subject => {
    await some(subject);
    await live(subject, tallies);
    const { order } = operator(subject, [tallies]);
    expect(await order({ order: 'rebuild', hold: true, parts: 2 })).toMatchObject({ ok: true, state: 'ready', generation: 2 });
    expect((await activeOf(subject.readStore, tallies)).generation).toBe(1);
    expect(await order({ order: 'rebuild' })).toMatchObject({ refused: 'conflict', name: 'generation-ready' });
    const first = await order({ order: 'switch' }, { commandId: 'the-switch' });
    const again = await order({ order: 'switch' }, { commandId: 'the-switch' });
    expect(first).toMatchObject({ ok: true, generation: 2 });
    expect(again).toMatchObject({ ok: true, position: (first as { position: number }).position });
    expect((await activeOf(subject.readStore, tallies)).generation).toBe(2);
    expect(await order({ order: 'switch', reason: '另一个原因' }, { commandId: 'the-switch' })).toMatchObject({
      refused: 'invalid',
      name: 'idempotency-key-reused',
    });
    expect((await ordered(subject)).map(one => one['order'])).toEqual(['rebuild', 'switch']);
  },

  'PR-28 a rollback goes back to what readers saw before, which has kept up, or is said to be behind': async subject => {
    await some(subject);
    await live(subject, tallies);
    const before = await seenDocs(subject, tallies);
    const { order } = operator(subject, [tallies]);
    expect(await order({ order: 'rollback' })).toMatchObject({ refused: 'missing', name: 'nothing-to-roll-back-to' });
    await order({ order: 'rebuild' });
    const runner = following(subject, tallies);
    await some(subject, 5);
    const head = await subject.store.head();
    await untilSo(async () => (await generationsOf(subject.readStore, tallies.name)).every(one => positionOf(one) >= head));
    expect(await order({ order: 'rollback' })).toMatchObject({ ok: true, generation: 1, behind: 0 });
    expect((await activeOf(subject.readStore, tallies)).generation).toBe(1);
    expect(await seenDocs(subject, tallies)).not.toEqual(before);
    // And back again: the one left is warm too.
    expect(await order({ order: 'rollback' })).toMatchObject({ ok: true, generation: 2, behind: 0 });
    await runner.stop();
    await order({ order: 'pause' });
    await some(subject, 4);
    const late = await order({ order: 'rollback' });
    expect(late).toMatchObject({ ok: true, generation: 1, behind: 4 });
    expect((late as { zh: string; en: string }).zh).toMatch(/落后 4 个事件/);
    expect((late as { zh: string; en: string }).en).toMatch(/4 events behind/);
    const [status] = await statusOf(operator(subject, [tallies]).operations);
    expect(status).toMatchObject({ active: 1, paused: { by: 'operator:li', reason: '演练' } });
  },
};
