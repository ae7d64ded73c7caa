import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Projection } from '../projection.js';
import { type Batch, type DeadLetter, type Lease, leaseOf, type ReadStore, type Ref, type Write } from '../read-store.js';
import { queriesContract } from './read-store-queries.js';

/** How one engine is set up: what every method of the port must do is the same on each. */
export interface ReadStoreFixture {
  /** The same store each time, as another process would open it. */
  open(): Promise<ReadStore>;
  /** What the engine keeps documents of this generation in, by name. */
  places(generation: number): Promise<string[]>;
  clean(): Promise<void>;
}

export const notices: Projection = {
  name: 'notices',
  version: 1,
  collections: { notices: { indexes: [['year'], ['unit', 'year']], text: ['title', 'note'] }, offices: { indexes: [] } },
  events: ['Noted'],
  project: () => [],
};
const others: Projection = { ...notices, name: 'others' };
const write = (id: string, position: number, doc: Record<string, unknown> | null, collection = 'notices'): Write => ({
  collection,
  id,
  key: `k-${id}`,
  position,
  doc: doc && { id, ...doc },
});
const beatAt = '2013-04-20T00:00:00.000Z';
const lease = (fence: number, owner: string | null = 'me'): Lease => ({ owner, fence, beat: 0, beatAt });
const letterOf = (at: Ref, position: number, state: DeadLetter['state']): DeadLetter => ({
  ...at,
  version: 1,
  position,
  key: 'k',
  stream: 'catalogue.record-1',
  revision: 0,
  type: 'Noted',
  eventId: `e${position}`,
  state,
  error: '读不懂 / cannot be read',
  attempts: 3,
  firstAt: beatAt,
  lastAt: beatAt,
});
const withinMs = 120_000;

export function readStoreContract(adapter: string, fixtureOf: () => Promise<ReadStoreFixture>): void {
  describe(`read store: ${adapter}`, () => {
    let fixture: ReadStoreFixture;
    let store: ReadStore;
    let opened: ReadStore[];
    const open = async () => {
      const one = await fixture.open();
      opened.push(one);
      return one;
    };
    beforeEach(async () => {
      fixture = await fixtureOf();
      opened = [];
      store = await open();
    }, withinMs);
    afterEach(async () => {
      for (const one of opened) await one.close();
      await fixture.clean();
    }, withinMs);

    const made = async (state: 'building' | 'active' = 'active', parts = 1, projection = notices): Promise<Ref> => {
      const { projection: name, generation } = (await store.create(projection, { parts, goal: 9, state }))!;
      return { projection: name, generation };
    };
    const commit = (at: Ref, batch: Partial<Batch> & Pick<Batch, 'from' | 'to'>, through = store) =>
      through.commit(notices, at, { part: 0, fence: 1, writes: [], tally: {}, ...batch });
    const stale = { name: 'StaleFence' };
    const states = async () => (await store.generations()).map(({ generation, state }) => `${generation} ${state}`);
    const test = (title: string, work: () => Promise<void>) => it(title, work, withinMs);

    test('PR-03 what a step stores is there for everyone: documents, dead letters and how far it came', async () => {
      const at = await made();
      const tally = { Noted: { count: 2, sum: 2 ** 32 - 1 } };
      await commit(at, {
        from: 0,
        to: 5,
        writes: [write('a', 4, { title: '芦山' }), write('北川', 5, { name: '局' }, 'offices')],
        deadLetters: [letterOf(at, 3, 'parked')],
        tally,
      });
      const other = await open();
      expect(await other.generations()).toEqual([
        { ...at, version: 1, state: 'active', goal: 9, checkpoints: [{ part: 0, position: 5, tally, fence: 1 }], note: {} },
      ]);
      expect(await other.deadLetters()).toEqual([letterOf(at, 3, 'parked')]);
      expect(await other.read(notices, at, 'notices', ['a', 'b'])).toEqual(
        new Map([['a', { id: 'a', key: 'k-a', position: 4, doc: { id: 'a', title: '芦山' } }]]),
      );
      expect(await other.view(notices, at).get('offices', '北川')).toEqual({ id: '北川', name: '局' });
      expect(await other.view(notices, at).position()).toBe(5);
    });

    test('a document comes out as JSON makes it, whatever its fields are called', async () => {
      const at = await made();
      const doc = {
        nested: { 'a.b': [1, null, { $set: 'x', '': '空' }], $ref: 1 },
        'records|news|2013-04-20': 1,
        'with.dot': 1.5,
        $dollar: -0,
        none: undefined,
        nan: NaN,
        when: new Date(beatAt),
        large: Number.MAX_SAFE_INTEGER,
        small: 5e-324,
        text: '汶川\u0000𠮷 "\\',
        no: false,
      };
      await commit(at, { from: 0, to: 5, writes: [write('a', 4, doc)] });
      const [kept] = [(await store.read(notices, at, 'notices', ['a'])).get('a')!.doc];
      expect(JSON.stringify(kept)).toBe(JSON.stringify({ id: 'a', ...doc }));
    });

    test('PR-07 a checkpoint moves from where it stands only, and stays where somebody else is wrong about that', async () => {
      const at = await made();
      await commit(at, { from: 0, to: 5 });
      await expect(commit(at, { from: 0, to: 7 })).rejects.toMatchObject(stale);
      await expect(
        commit(at, { from: 4, to: 9, writes: [write('b', 9, {})], deadLetters: [letterOf(at, 9, 'parked')] }),
      ).rejects.toMatchObject(stale);
      await expect(commit(at, { part: 1, from: 0, to: 9 })).rejects.toMatchObject(stale);
      expect(await store.view(notices, at).position()).toBe(5);
      expect(await store.deadLetters()).toEqual([]);
      expect((await store.read(notices, at, 'notices', ['b'])).size).toBe(0);
      await commit(at, { from: 5, to: 5 });
      expect(await store.view(notices, at).position()).toBe(5);
    });

    test('PR-07 of several who move one checkpoint at the same time one does', async () => {
      const at = await made();
      const several = [store, await open(), await open()];
      for (let from = 0; from < 5; from++) {
        const done = await Promise.allSettled(
          several.map(one => commit(at, { from, to: from + 1, writes: [write('a', from + 1, { from })] }, one)),
        );
        expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const one of done) if (one.status === 'rejected') expect(one.reason).toMatchObject(stale);
      }
      expect(await store.view(notices, at).get('notices', 'a')).toEqual({ id: 'a', from: 4 });
    });

    test('PR-09 whoever has an older fence than the lease or the checkpoint writes nothing', async () => {
      const at = await made();
      expect(await store.swapLease(leaseOf(at, 0), null, lease(3))).toBe(true);
      await expect(commit(at, { from: 0, to: 5, fence: 2, writes: [write('a', 5, {})] })).rejects.toMatchObject(stale);
      expect((await store.read(notices, at, 'notices', ['a'])).size).toBe(0);
      await commit(at, { from: 0, to: 5, fence: 3 });
      expect(await store.swapLease(leaseOf(at, 0), lease(3), lease(0, null))).toBe(true);
      await expect(commit(at, { from: 5, to: 6, fence: 2 })).rejects.toMatchObject(stale);
      await commit(at, { from: 5, to: 6, fence: 4 });
      expect((await store.generations())[0]!.checkpoints).toMatchObject([{ position: 6, fence: 4 }]);
    });

    test('PR-08 of several who want a lease one gets it', async () => {
      const several = [store, await open(), await open()];
      for (const name of ['x', 'notices/1/0', 'notices/1/1']) {
        const got = async (seen: Lease | null, fence: number) =>
          (
            await Promise.all(
              several.map((one, index) => one.swapLease(name, seen, { ...lease(fence), owner: `owner ${index}` })),
            )
          ).filter(Boolean);
        expect(await store.lease(name)).toBeNull();
        expect(await store.swapLease(name, lease(1), lease(2))).toBe(false);
        expect(await got(null, 1)).toHaveLength(1);
        const first = (await several[1]!.lease(name))!;
        expect(first).toEqual({ ...lease(1), owner: expect.stringMatching(/^owner \d$/) as unknown });
        expect(await got(first, 2)).toHaveLength(1);
        expect(await got(first, 3)).toHaveLength(0);
        const second = (await store.lease(name))!;
        expect(await store.swapLease(name, second, { ...second, owner: null, beat: 9 })).toBe(true);
        expect(await store.lease(name)).toEqual({ ...second, owner: null, beat: 9 });
      }
    });

    test('PR-04 an older document never takes the place of a newer one, nor of the same; except in a repair', async () => {
      const at = await made();
      await commit(at, { from: 0, to: 5, writes: [write('a', 4, { title: '新' })] });
      await commit(at, { from: 5, to: 6, writes: [write('a', 3, { title: '旧' }), write('b', 6, { title: '另' })] });
      await commit(at, { from: 6, to: 7, writes: [write('a', 4, { title: '同' })] });
      const view = store.view(notices, at);
      expect([await view.get('notices', 'a'), await view.get('notices', 'b')]).toEqual([
        { id: 'a', title: '新' },
        { id: 'b', title: '另' },
      ]);
      expect(await view.count('notices', { search: '新' })).toBe(1);
      await commit(at, { from: 7, to: 7, repair: true, writes: [write('a', 3, { title: '修' })] });
      expect(await view.get('notices', 'a')).toEqual({ id: 'a', title: '修' });
      expect([await view.count('notices', { search: '新' }), await view.count('notices', { search: '修' })]).toEqual([0, 1]);
      await commit(at, { from: 7, to: 8, writes: [write('a', 8, { title: '后' })] });
      expect(await view.get('notices', 'a')).toEqual({ id: 'a', title: '后' });
    });

    test('PR-09 what the newer owner of a part repaired is not taken back by the older one', async () => {
      const at = await made();
      await commit(at, { from: 0, to: 5, fence: 1, writes: [write('a', 4, { title: '旧' })] });
      await commit(at, { from: 5, to: 5, fence: 2, repair: true, writes: [write('a', 4, { title: '修' })] });
      for (const repair of [false, true])
        await expect(
          commit(at, { from: 5, to: 9, fence: 1, repair, writes: [write('a', 9, { title: '迟' })] }),
        ).rejects.toMatchObject(stale);
      expect(await store.view(notices, at).get('notices', 'a')).toEqual({ id: 'a', title: '修' });
    });

    test('PR-34 a removed document is nowhere to be read, and its position stays', async () => {
      const at = await made();
      await commit(at, { from: 0, to: 5, writes: [write('a', 4, { title: '芦山', year: 2013 }), write('b', 5, { year: 2013 })] });
      await commit(at, { from: 5, to: 7, writes: [write('a', 7, null), write('c', 7, null)] });
      const view = store.view(notices, at);
      expect(await view.get('notices', 'a')).toBeNull();
      expect(await view.find('notices', { limit: 9 })).toEqual({ items: [{ id: 'b', year: 2013 }], next: null });
      expect(await view.count('notices')).toBe(1);
      expect(await view.count('notices', { where: { year: 2013 } })).toBe(1);
      expect(await view.count('notices', { where: { year: null } })).toBe(0);
      expect(await view.count('notices', { search: '芦山' })).toBe(0);
      expect((await store.page(notices, at, 'notices', null, 9)).map(({ id }) => id)).toEqual(['b']);
      const kept = await store.read(notices, at, 'notices', ['a']);
      expect(kept.get('a')).toEqual({ id: 'a', key: 'k-a', position: 7, doc: null });
      await commit(at, { from: 7, to: 8, writes: [write('a', 8, { title: '再来' })] });
      expect(await view.count('notices', { search: '再来' })).toBe(1);
    });

    test('pages go through a collection in the order of its ids', async () => {
      const at = await made();
      await commit(at, { from: 0, to: 9, writes: ['d', 'B', 'a', '川', 'c'].map(id => write(id, 9, {})) });
      const ids = async (after: string | null) => (await store.page(notices, at, 'notices', after, 2)).map(({ id }) => id);
      expect([await ids(null), await ids('a'), await ids('d'), await ids('川')]).toEqual([['B', 'a'], ['c', 'd'], ['川'], []]);
    });

    test('PR-24 PR-28 switching shows the new one, keeps the old one for a way back, and drops the one before', async () => {
      const [first, second, third] = [await made(), await made('building'), await made('building')];
      await commit(second, { from: 0, to: 1, writes: [write('a', 1, {})] });
      expect(await store.create(notices, { parts: 1, goal: 0, state: 'active' })).toBeNull();
      expect(await store.activate(second, ['ready'])).toBe(false);
      expect(await store.move(second, ['building'], 'ready')).toBe(true);
      expect(await store.move(second, ['building'], 'ready')).toBe(false);
      await expect((async () => store.move(second, ['ready'], 'active'))()).rejects.toThrow('activate');
      expect(await store.activate(second, ['ready'])).toBe(true);
      expect(await states()).toEqual(['1 retiring', '2 active', '3 building']);
      expect(await store.activate(first, ['retiring'])).toBe(true);
      expect(await states()).toEqual(['1 active', '2 retiring', '3 building']);
      expect(await store.activate(third, ['building'])).toBe(true);
      expect(await states()).toEqual(['1 retiring', '3 active']);
      expect(await fixture.places(2)).toEqual([]);
    });

    test('PR-24 of several who want to be shown one becomes active, and readers never find none', async () => {
      await made();
      const wanted = [await made('building'), await made('building'), await made('building')];
      const several = [store, await open(), await open()];
      let over = false;
      const seen: number[] = [];
      const looking = (async () => {
        while (!over) {
          seen.push((await several[2]!.generations()).filter(({ state }) => state === 'active').length);
          // As readers do, whose questions come from outside.
          await new Promise(resolve => setImmediate(resolve));
        }
      })();
      const created = await Promise.all(several.map(one => one.create(others, { parts: 1, goal: 0, state: 'active' })));
      expect(created.filter(Boolean)).toHaveLength(1);
      const done = await Promise.all(wanted.map((at, index) => several[index]!.activate(at, ['building', 'catching-up'])));
      over = true;
      await looking;
      expect(done).toEqual([true, true, true]);
      expect((await states()).map(state => state.split(' ')[1]).sort()).toEqual(['active', 'active', 'retiring']);
      expect(Math.min(...seen)).toBeGreaterThan(0);
    });

    test('PR-50 what is dropped is gone whole, its number never comes again, and the active one stays', async () => {
      const [first, second] = [await made(), await made('building')];
      const [view, lasting] = [store.view(notices, second), store.view(notices, first)];
      await store.swapLease(leaseOf(second, 0), null, lease(1));
      await commit(second, { from: 0, to: 1, writes: [write('a', 1, {})], deadLetters: [letterOf(second, 1, 'parked')] });
      expect(await view.get('notices', 'a')).toEqual({ id: 'a' });
      expect(await fixture.places(2)).not.toEqual([]);
      expect(await store.drop(first)).toBe(false);
      expect(await store.drop(second)).toBe(true);
      expect(await store.drop(second)).toBe(false);
      const gone = { name: 'GenerationGone' };
      await expect(view.get('notices', 'a')).rejects.toMatchObject(gone);
      await expect(view.find('notices', { limit: 1 })).rejects.toMatchObject(gone);
      await expect(view.count('notices')).rejects.toMatchObject(gone);
      await expect(view.position()).rejects.toMatchObject(gone);
      await expect(store.read(notices, second, 'notices', ['a'])).rejects.toMatchObject(gone);
      await expect(store.page(notices, second, 'notices', null, 1)).rejects.toMatchObject(gone);
      await expect(store.finish(notices, second)).rejects.toMatchObject(gone);
      await expect(commit(second, { from: 1, to: 2, writes: [write('b', 2, {})] })).rejects.toMatchObject(stale);
      expect([await store.deadLetters(), await store.lease(leaseOf(second, 0)), await states()]).toEqual([
        [],
        null,
        ['1 active'],
      ]);
      expect(await fixture.places(2)).toEqual([]);
      expect((await made('building')).generation).toBe(3);
      expect(await lasting.position()).toBe(0);
    });

    test('PR-32 PR-47 projections keep apart, also where their names begin alike', async () => {
      const longer: Projection = { ...notices, name: 'notices-of-offices' };
      const [mine, theirs] = [await made(), await made('active', 1, longer)];
      const more = await made('building');
      await store.commit(longer, theirs, {
        part: 0,
        fence: 1,
        from: 0,
        to: 3,
        writes: [write('a', 3, { title: '别' })],
        tally: {},
      });
      await commit(mine, { from: 0, to: 1, writes: [write('a', 1, { title: '我' })] });
      expect(await store.drop(more)).toBe(true);
      expect(await store.view(longer, theirs).get('notices', 'a')).toEqual({ id: 'a', title: '别' });
      expect(await store.view(notices, mine).get('notices', 'a')).toEqual({ id: 'a', title: '我' });
      expect((await store.generations()).map(({ projection, generation }) => `${projection} ${generation}`)).toEqual([
        'notices 1',
        'notices-of-offices 1',
      ]);
    });

    test('PR-11 parts that stand together become another number of parts, and who wrote the others is locked out', async () => {
      const at = await made('building', 2);
      await store.swapLease(leaseOf(at, 1), null, { ...lease(5, 'other'), beat: 2 });
      await commit(at, {
        part: 0,
        from: 0,
        to: 8,
        tally: { Noted: { count: 3, sum: 2 ** 32 - 1 } },
        writes: [write('a', 8, { by: 0 })],
      });
      expect(await store.repart(at, 1, 1)).toBe(false);
      await commit(at, {
        part: 1,
        from: 0,
        to: 8,
        fence: 5,
        tally: { Noted: { count: 2, sum: 3 }, Other: { count: 1, sum: 1 } },
        writes: [write('b', 8, { by: 1 })],
      });
      expect(await store.repart(at, 3, 0)).toBe(false);
      expect(await store.repart(at, 3, 1)).toBe(true);
      const { checkpoints } = (await store.generations())[0]!;
      expect(checkpoints).toEqual([
        { part: 0, position: 8, tally: { Noted: { count: 5, sum: 2 }, Other: { count: 1, sum: 1 } }, fence: 1 },
        { part: 1, position: 8, tally: {}, fence: 6 },
        { part: 2, position: 8, tally: {}, fence: 0 },
      ]);
      expect(await store.lease(leaseOf(at, 1))).toEqual({ owner: null, fence: 6, beat: 3, beatAt });
      await expect(commit(at, { part: 1, from: 8, to: 9, fence: 5 })).rejects.toMatchObject(stale);
      // Keys fell to other parts, whose fences are lower: they are theirs now all the same.
      await commit(at, { part: 0, from: 8, to: 9, fence: 1, writes: [write('b', 9, { by: 0 })] });
      await commit(at, { part: 1, from: 8, to: 9, fence: 6 });
      await commit(at, { part: 2, from: 8, to: 9, fence: 0, writes: [write('a', 9, { by: 2 })] });
      expect(
        [...(await store.read(notices, at, 'notices', ['a', 'b'])).values()].map(({ id, doc }) => [id, doc!['by']]).sort(),
      ).toEqual([
        ['a', 2],
        ['b', 0],
      ]);
      expect(await store.view(notices, at).position()).toBe(9);
    });

    test('what is noted about a generation is added to what was, and a pause survives', async () => {
      const { generation, projection } = (await store.create(notices, {
        parts: 1,
        goal: 9,
        state: 'building',
        note: { hold: true },
      }))!;
      const at = { projection, generation };
      const paused = { by: 'wang-lei', at: beatAt, reason: '核对' };
      await store.move(at, ['building'], 'failed', { error: '磁盘已满' });
      await store.move(at, ['failed'], 'building', {
        verification: { position: 1, passed: true, missing: [], sampled: 0, differing: [], undigested: 0 },
      });
      await store.pause('notices', paused);
      await store.pause('never-started', paused);
      const other = await open();
      expect(await other.generations()).toMatchObject([
        { state: 'building', goal: 9, note: { hold: true, error: '磁盘已满', verification: { position: 1 } } },
      ]);
      await other.move(at, ['building'], 'ready', { error: undefined });
      expect((await store.generations())[0]!.note).not.toHaveProperty('error');
      expect(await other.paused()).toEqual(
        new Map([
          ['never-started', paused],
          ['notices', paused],
        ]),
      );
      await other.pause('notices', null);
      expect([...(await store.paused()).keys()]).toEqual(['never-started']);
    });

    test('PR-18 dead letters are found by projection, generation and state, each as it was last', async () => {
      const at = await made();
      const second = await made('building');
      await commit(at, {
        from: 0,
        to: 9,
        deadLetters: [letterOf(at, 30, 'parked'), letterOf(at, 4, 'waiting'), letterOf(at, 5, 'skipped')],
      });
      await commit(at, { from: 9, to: 9, deadLetters: [{ ...letterOf(at, 30, 'applied'), by: 'wang-lei', reason: '已改' }] });
      await commit(second, { from: 0, to: 9, deadLetters: [letterOf(second, 4, 'parked')] });
      expect((await store.deadLetters()).map(one => `${one.generation} ${one.position} ${one.state}`)).toEqual([
        '1 4 waiting',
        '1 5 skipped',
        '1 30 applied',
        '2 4 parked',
      ]);
      expect(await store.deadLetters({ generation: 1, states: ['applied', 'parked'] })).toEqual([
        { ...letterOf(at, 30, 'applied'), by: 'wang-lei', reason: '已改' },
      ]);
      expect(await store.deadLetters({ projection: 'notices', generation: 3 })).toEqual([]);
      expect(await store.deadLetters({ projection: 'others' })).toEqual([]);
      const counted = async (where?: Parameters<ReadStore['countDeadLetters']>[0]) =>
        (await store.countDeadLetters(where)).map(one => `${one.generation} ${one.state} ${one.count}`);
      expect(await counted()).toEqual(['1 applied 1', '1 skipped 1', '1 waiting 1', '2 parked 1']);
      expect(await counted({ states: ['parked'] })).toEqual(['2 parked 1']);
      await commit(second, { from: 9, to: 9, deadLetters: [letterOf(second, 6, 'parked'), letterOf(second, 7, 'parked')] });
      expect(await counted({ projection: 'notices', generation: 2 })).toEqual(['2 parked 3']);
      expect(await counted({ projection: 'others' })).toEqual([]);
    });

    test('PR-09 a dead letter of the newer owner is not taken back by the older one', async () => {
      const at = await made();
      await commit(at, { from: 0, to: 5, fence: 2, deadLetters: [letterOf(at, 3, 'applied')] });
      await expect(commit(at, { from: 5, to: 5, fence: 1, deadLetters: [letterOf(at, 3, 'parked')] })).rejects.toMatchObject(
        stale,
      );
      expect((await store.deadLetters()).map(({ state }) => state)).toEqual(['applied']);
    });

    test('PR-23 a generation is loaded, then finished, twice and while it is written to, and answers as any other', async () => {
      const at = await made('building');
      await commit(at, {
        from: 0,
        to: 1,
        writes: Array.from({ length: 60 }, (_, index) => write(`n${index}`, 1, { title: `第${index}号通知`, year: index % 7 })),
      });
      await Promise.all([
        store.finish(notices, at),
        commit(at, { from: 1, to: 2, writes: [write('n3', 2, { title: '公告', year: 1 }), write('n5', 2, null)] }),
      ]);
      await store.finish(notices, at);
      const view = store.view(notices, at);
      expect(await view.count('notices', { search: '通知' })).toBe(58);
      expect(await view.count('notices', { search: '公告' })).toBe(1);
      expect(await view.count('notices', { where: { year: 1 } })).toBe(10);
    });

    test('a collection that the projection does not have is a mistake, not an empty answer', async () => {
      const at = await made();
      for (const asked of [
        () => store.read(notices, at, 'strange', ['a']),
        () => store.page(notices, at, 'strange', null, 1),
        () => store.view(notices, at).get('strange', 'a'),
        () => commit(at, { from: 0, to: 1, writes: [write('a', 1, {}, 'strange')] }),
      ])
        await expect((async () => asked())()).rejects.toThrow('strange');
    });

    queriesContract(async docs => {
      const at = await made();
      await commit(at, { from: 0, to: 1, writes: docs.map(({ id, ...doc }) => write(id, 1, doc)) });
      return store.view(notices, at);
    });
  });
}
