import { expect } from '@jest/globals';
import { openSqliteEventStore, type StoredEvent, type VersionedStore } from '#event-store';
import { build } from '../build.js';
import { showDeadLetter } from '../dead-letters.js';
import { follow } from '../follower.js';
import { positionOf } from '../generations.js';
import type { Doc, Projection } from '../projection.js';
import type { DeadLetter } from '../read-store.js';
import { rebuildKey } from '../rebuild-key.js';
import { seize } from '../seize.js';
import { statusOf } from '../status.js';
import type { Assertion, Subject } from './grounds.js';
import { activeOf, failing, following, live, operator, ordered, seenDocs, tallies, untilSo } from './rebuilding-views.js';

async function letters(subject: Subject): Promise<[number, DeadLetter['state']][]> {
  return (await subject.readStore.deadLetters({ projection: 'tallies' })).map(({ position, state }) => [position, state]);
}

async function docOf(subject: Subject, key: string, projection: Projection = tallies): Promise<Doc | undefined> {
  return (await seenDocs(subject, projection))['tallies']!.find(doc => doc['id'] === key);
}

/** Steps of two keys, of which the second's are 2, 4, 6 …; what `fails` cannot be digested by the program that ran. */
async function parked(subject: Subject, fails: readonly number[]): Promise<void> {
  for (let index = 0; index < 10; index++) await subject.append(`test.tally-${index % 2 ? 'b' : 'a'}`, 'Added');
  await live(
    subject,
    failing(tallies, ({ position }) => fails.includes(position)),
  );
}

export const settling: Record<string, Assertion> = {
  'PR-19 a dead letter that is retried after the fix is applied, and then those behind it, in order, once': async subject => {
    await parked(subject, [4]);
    expect(await letters(subject)).toEqual([
      [4, 'parked'],
      [6, 'waiting'],
      [8, 'waiting'],
      [10, 'waiting'],
    ]);
    expect(await docOf(subject, 'test.tally-b')).toMatchObject({ total: 1, order: [0] });
    const runner = following(subject, tallies);
    await subject.append('test.tally-b', 'Added');
    await untilSo(async () => (await letters(subject)).length === 5);
    const { order } = operator(subject, [tallies]);
    const shown = await showDeadLetter(subject.context(), await activeOf(subject.readStore, tallies), 8);
    expect(shown).toMatchObject({
      letter: { key: 'test.tally-b', type: 'Added', revision: 3 },
      event: { position: 8 },
      before: [{ position: 4 }, { position: 6 }],
      behind: [{ position: 10 }, { position: 11 }],
    });
    expect(await order({ order: 'retry', position: 8 })).toMatchObject({ refused: 'conflict', name: 'dead-letter-waits' });
    expect(await order({ order: 'retry', position: 5 })).toMatchObject({ refused: 'missing', name: 'dead-letter-unknown' });
    expect(await order({ order: 'retry', position: 4 })).toMatchObject({ ok: true, settled: { applied: 5, failed: null } });
    await subject.append('test.tally-b', 'Added');
    const head = await subject.store.head();
    await untilSo(async () => positionOf(await activeOf(subject.readStore, tallies)) >= head);
    await runner.stop();
    expect(await docOf(subject, 'test.tally-b')).toMatchObject({ total: 7, order: [0, 1, 2, 3, 4, 5, 6] });
    expect((await letters(subject)).map(([, state]) => state)).toEqual(Array(5).fill('applied'));
    const fresh = await build(subject.context(), tallies);
    expect(fresh.generation.note.verification).toMatchObject({
      passed: true,
      against: { collections: { tallies: { added: 0, gone: 0, changed: 0 } } },
    });
  },

  'PR-19 PR-01 a letter that was stored before its checkpoint, and settled there, is accounted for once, with all between':
    async subject => {
      for (let index = 0; index < 10; index++) await subject.append(`test.tally-${index % 2 ? 'b' : 'a'}`, 'Added');
      const broken = failing(tallies, ({ position }) => position === 4);
      const at = (await subject.readStore.create(tallies, { parts: 1, goal: 10, state: 'active' }))!;
      await follow(subject.context(), broken, at, { upTo: 5 }).ended;
      // As whoever dies between its dead letters and its checkpoint leaves it, where the two are not stored together.
      const { lease, checkpoint } = await seize(subject.context(), tallies, at);
      const [failed] = await subject.readStore.deadLetters();
      const log = (await subject.store.readAll({ after: 0, limit: 100 })).events;
      const ahead = [6, 8].map((position): DeadLetter => {
        const { id: eventId, revision } = log[position - 1]!;
        return { ...failed!, position, eventId, revision, state: 'waiting', error: '' };
      });
      const { part, position, tally } = checkpoint;
      const standing = { part, fence: lease.fence, from: position, to: position, writes: [], tally };
      await subject.readStore.commit(tallies, at, { ...standing, deadLetters: ahead });
      await lease.release();
      expect(await operator(subject, [tallies]).order({ order: 'retry', position: 4 })).toMatchObject({
        ok: true,
        settled: { applied: 3 },
      });
      expect(positionOf(await activeOf(subject.readStore, tallies))).toBe(5);
      await follow(subject.context(), tallies, at, { upTo: await subject.store.head() }).ended;
      expect(await docOf(subject, 'test.tally-b')).toMatchObject({ total: 5, order: [0, 1, 2, 3, 4] });
      expect(await docOf(subject, 'test.tally-a')).toMatchObject({ total: 5 });
      const [status] = await statusOf(operator(subject, [tallies]).operations);
      expect(status!.generations[0]!.complete).toMatchObject({ proven: true, missing: [] });
    },

  'PR-19 of those behind a retried event the first that fails is parked in turn, and the rest wait on': async subject => {
    await parked(subject, [4, 8]);
    const broken = failing(tallies, ({ position }) => position === 8);
    const stillBroken = operator(subject, [broken]);
    expect(await stillBroken.order({ order: 'retry', position: 4 })).toMatchObject({
      ok: false,
      settled: { applied: 2, failed: { position: 8, state: 'parked' }, waiting: 1 },
    });
    expect(await letters(subject)).toEqual([
      [4, 'applied'],
      [6, 'applied'],
      [8, 'parked'],
      [10, 'waiting'],
    ]);
    expect(await docOf(subject, 'test.tally-b')).toMatchObject({ total: 3, order: [0, 1, 2] });
    expect(await stillBroken.order({ order: 'retry', position: 8 })).toMatchObject({ ok: false, settled: { applied: 0 } });
    const [letter] = await subject.readStore.deadLetters({ states: ['parked'] });
    expect(letter!.attempts).toBeGreaterThan(1);
    expect(await operator(subject, [tallies]).order({ order: 'retry', position: 8 })).toMatchObject({ settled: { applied: 2 } });
    expect(await docOf(subject, 'test.tally-b')).toMatchObject({ total: 5, order: [0, 1, 2, 3, 4] });
  },

  'PR-20 an event is skipped for a reason only, which is recorded and shown; what waited behind it is applied': async subject => {
    await parked(subject, [4]);
    const { order, operations } = operator(subject, [tallies]);
    for (const reason of [undefined, '', '身份证号：510123199001011234']) {
      expect(await order({ order: 'skip', position: 4, reason })).toMatchObject({ refused: 'invalid', name: 'order-invalid' });
    }
    expect(await order({ order: 'skip', position: 4, reason: '测试数据' })).toMatchObject({ ok: true, settled: { applied: 3 } });
    expect(await ordered(subject)).toEqual([{ projection: 'tallies', order: 'skip', position: 4, reason: '测试数据' }]);
    const [skipped] = await subject.readStore.deadLetters({ states: ['skipped'] });
    expect(skipped).toMatchObject({ position: 4, by: 'operator:li', reason: '测试数据' });
    const [status] = await statusOf(operations);
    expect(status!.generations[0]).toMatchObject({
      deadLetters: { parked: 0, waiting: 0, skipped: 1 },
      complete: { proven: true, missing: [] },
    });
    expect(await docOf(subject, 'test.tally-b')).toMatchObject({ total: 4, order: [0, 2, 3, 4] });
    expect(await order({ order: 'retry', position: 4 })).toMatchObject({ refused: 'missing', name: 'dead-letter-unknown' });
  },

  'PR-18 whoever verifies, rebuilds or switches to a view of which events wait to be digested is told how many':
    async subject => {
      await parked(subject, [4]);
      const { order } = operator(subject, [failing(tallies, ({ position }) => position === 4)]);
      const [zh, en] = ['死信 4 件', 'Dead letters: 4'].map(words => expect.stringContaining(words) as unknown);
      for (const what of ['verify', 'rebuild', 'rollback', 'hold', 'switch'] as const) {
        const said = await order(what === 'hold' ? { order: 'rebuild', hold: true } : { order: what });
        expect([what, said]).toMatchObject([what, { ok: true, zh, en }]);
      }
      expect(await operator(subject, [tallies]).order({ order: 'retry', position: 4 })).toMatchObject({ ok: true });
      expect(await operator(subject, [tallies]).order({ order: 'verify' })).toMatchObject({
        zh: expect.not.stringContaining('死信'),
      });
    },

  'PR-20 an event at which a projection stands is skipped, or applied once mended, and it goes on': async subject => {
    const view: Projection = { ...tallies, onFailure: 'stop' };
    const broken = failing(view, ({ position }) => position === 4 || position === 7);
    for (let index = 0; index < 10; index++) await subject.append(`test.tally-${index % 2 ? 'b' : 'a'}`, 'Added');
    await subject.readStore.create(view, { parts: 1, goal: 0, state: 'active' });
    const runner = following(subject, broken);
    const blocking = () => subject.readStore.deadLetters({ states: ['blocking'] });
    await untilSo(async () => (await blocking())[0]?.position === 4);
    const { order } = operator(subject, [broken]);
    expect(await order({ order: 'skip', position: 4, reason: '测试数据' })).toMatchObject({ ok: true });
    await untilSo(async () => (await blocking())[0]?.position === 7);
    expect(await order({ order: 'retry', position: 7 })).toMatchObject({ ok: false, settled: { failed: { state: 'blocking' } } });
    expect(await operator(subject, [view]).order({ order: 'retry', position: 7 })).toMatchObject({
      ok: true,
      settled: { applied: 1 },
    });
    await untilSo(async () => positionOf(await activeOf(subject.readStore, view)) >= 10);
    await runner.stop();
    expect(await docOf(subject, 'test.tally-a', view)).toMatchObject({ order: [0, 1, 2, 3, 4] });
    expect(await docOf(subject, 'test.tally-b', view)).toMatchObject({ order: [0, 2, 3, 4] });
    const [status] = await statusOf(operator(subject, [view]).operations);
    expect(status!.generations[0]).toMatchObject({ complete: { proven: true }, deadLetters: { blocking: 0, skipped: 1 } });
  },

  'PR-20 what was skipped is skipped again by a rebuild, as by whom and why, where it fails again; once mended it is applied':
    async subject => {
      await parked(subject, [4]);
      const broken = failing(tallies, ({ position }) => position === 4);
      await operator(subject, [tallies]).order({ order: 'skip', position: 4, reason: '测试数据' });
      for (const parts of [1, 3]) {
        const { generation } = await build(subject.context(), broken, { parts });
        expect(generation).toMatchObject({
          state: 'active',
          note: { verification: { passed: true, undigested: 0, missing: [] } },
        });
        const { readStore } = subject;
        const again = await readStore.deadLetters({ projection: 'tallies', generation: generation.generation });
        expect(again).toMatchObject([{ position: 4, state: 'skipped', by: 'operator:li', reason: '测试数据' }]);
      }
      expect(await docOf(subject, 'test.tally-b')).toMatchObject({ order: [0, 2, 3, 4] });
      const { generation } = await build(subject.context(), tallies);
      expect(await subject.readStore.deadLetters({ projection: 'tallies', generation: generation.generation })).toEqual([]);
      expect(await docOf(subject, 'test.tally-b')).toMatchObject({ order: [0, 1, 2, 3, 4] });
    },

  'PR-16 PR-20 an event that only a newer program knows, once skipped, is passed by a rebuild in any number of parts':
    async subject => {
      const view: Projection = { ...tallies, onFailure: 'stop' };
      for (let index = 0; index < 6; index++) await subject.append(`test.tally-${index % 2 ? 'b' : 'a'}`, 'Added');
      await live(subject, view);
      const newer = await openSqliteEventStore(subject.eventsFile);
      const [{ metadata }] = (await newer.readAll({ after: 0, limit: 1 })).events as [StoredEvent];
      await newer.append('test.tally-c', [{ id: 'newer', type: 'Added', version: 2, data: {}, metadata }], 'none');
      await newer.close();
      const runner = following(subject, view);
      await untilSo(async () => (await subject.readStore.deadLetters({ states: ['blocking'] })).length > 0);
      await operator(subject, [view]).order({ order: 'skip', position: 7, reason: '已另行补录' });
      await untilSo(async () => positionOf(await activeOf(subject.readStore, view)) >= 7);
      await runner.stop();
      for (const parts of [1, 3]) {
        const { generation } = await build(subject.context(), view, { parts });
        expect(generation).toMatchObject({ state: 'active', note: { verification: { passed: true, missing: [] } } });
      }
    },

  'PR-39 one key rebuilt gives the documents of a full rebuild, while events of that key come in': async subject => {
    for (let index = 0; index < 60; index++) await subject.append(`test.tally-${index % 6}`, 'Added', { by: 1 + (index % 3) });
    await live(subject, tallies);
    const runner = following(subject, tallies);
    let stopped = false;
    let appended = 0;
    const writing = (async () => {
      while (!stopped) {
        await subject.append(`test.tally-${appended++ % 2}`, 'Added');
        await new Promise(resolve => setTimeout(resolve, 1));
      }
    })();
    // It takes its time over what was read, and the key's events go on.
    const slow: VersionedStore = Object.assign(Object.create(subject.store) as VersionedStore, {
      async readStream(...asked: Parameters<VersionedStore['readStream']>) {
        const found = await subject.store.readStream(...asked);
        const goal = appended + 3;
        await untilSo(() => appended > goal);
        return found;
      },
    });
    for (let round = 0; round < 8; round++) {
      const key = `test.tally-${round % 2}`;
      const context = subject.context({ store: slow });
      const rebuilt = await rebuildKey(context, tallies, await activeOf(subject.readStore, tallies), key);
      expect(rebuilt).toMatchObject({ documents: 1, changed: 0 });
    }
    stopped = true;
    await writing;
    const head = await subject.store.head();
    await untilSo(async () => positionOf(await activeOf(subject.readStore, tallies)) >= head);
    await runner.stop();
    const before = await seenDocs(subject, tallies);
    await build(subject.context(), tallies);
    expect(await seenDocs(subject, tallies)).toEqual(before);
  },

  'PR-39 one key rebuilt mends a document that was wrong, brings back one that was missing, and removes one that no event made':
    async subject => {
      for (let index = 0; index < 12; index++) await subject.append(`test.tally-${index % 3}`, 'Added');
      const at = await live(subject, tallies);
      const right = await seenDocs(subject, tallies);
      const { order } = operator(subject, [tallies]);
      const key = 'test.tally-1';
      const spoil = async (id: string, doc: Doc | null) => {
        const context = subject.context();
        const { lease, checkpoint } = await seize(context, tallies, at);
        const { part, position, tally } = checkpoint;
        const writes = [{ collection: 'tallies', id, key, position, doc }];
        const batch = { part, fence: lease.fence, from: position, to: position, tally, repair: true };
        await subject.readStore.commit(tallies, at, { ...batch, writes });
        await lease.release();
      };
      await spoil(key, { id: key, v: 1, title: 'wrong', total: 77, order: [] });
      await spoil('stray', { id: 'stray', v: 1, title: 'stray', total: 1, order: [] });
      expect(await order({ order: 'rebuild-key', key })).toMatchObject({
        ok: true,
        key: { position: 12, documents: 1, changed: 2 },
      });
      expect(await seenDocs(subject, tallies)).toEqual(right);
      await spoil(key, null);
      expect(await order({ order: 'rebuild-key', key })).toMatchObject({ key: { documents: 1, changed: 1 } });
      expect(await seenDocs(subject, tallies)).toEqual(right);
      expect(await order({ order: 'rebuild-key', key: 'test.tally-9' })).toMatchObject({
        refused: 'missing',
        name: 'key-unknown',
      });
      // What comes after is applied on top.
      await subject.append(key, 'Added');
      await live(subject, tallies);
      expect(await docOf(subject, key)).toMatchObject({ total: 5, order: [0, 1, 2, 3, 4] });
    },

  'PR-39 a parked key is not rebuilt: its dead letter comes first': async subject => {
    await parked(subject, [4]);
    expect(await operator(subject, [tallies]).order({ order: 'rebuild-key', key: 'test.tally-b' })).toMatchObject({
      refused: 'conflict',
      name: 'key-parked',
    });
    expect(await ordered(subject)).toEqual([]);
  },
};
