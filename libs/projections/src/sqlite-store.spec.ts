import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from '#sqlite';
import type { Projection } from './projection.js';
import { type Batch, type DeadLetter, leaseOf, type ReadStore, type Ref, type Write } from './read-store.js';
import { openSqliteViews } from './sqlite-store.js';

const notices: Projection = {
  name: 'notices',
  version: 1,
  collections: { notices: { indexes: [['year']], text: ['title'] }, offices: { indexes: [] } },
  events: ['Noted'],
  project: () => [],
};
const write = (id: string, position: number, doc: Record<string, unknown> | null, collection = 'notices'): Write => ({
  collection,
  id,
  key: `k-${id}`,
  position,
  doc: doc && { id, ...doc },
});

describe('the embedded read store', () => {
  let folder: string;
  let file: string;
  let store: ReadStore;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gongkai-views-'));
    file = join(folder, 'views.db');
    store = await openSqliteViews(file);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const made = async (state: 'building' | 'active' = 'active', parts = 1): Promise<Ref> => {
    const { projection, generation } = (await store.create(notices, { parts, goal: 9, state }))!;
    return { projection, generation };
  };
  const commit = (at: Ref, batch: Partial<Batch> & Pick<Batch, 'from' | 'to'>) =>
    store.commit(notices, at, { part: 0, fence: 1, writes: [], tally: {}, ...batch });
  const states = async () => (await store.generations()).map(({ generation, state }) => `${generation} ${state}`);
  const tables = async () => {
    const db = await openDatabase(file, { durability: 'normal', readOnly: true });
    const found = db.prepare("SELECT name FROM sqlite_master WHERE name GLOB '*_g[0-9]*'").all() as { name: string }[];
    db.close();
    return found.map(({ name }) => name);
  };

  it('PR-03 documents, dead letters and checkpoint are stored together, or none of them', async () => {
    const at = await made();
    const letter = { projection: 'notices', generation: 1, position: 3, key: 'k', state: 'parked' } as DeadLetter;
    const tally = { Noted: { count: 2, sum: 77 } };
    await commit(at, { from: 0, to: 5, writes: [write('a', 4, { title: '芦山' })], deadLetters: [letter], tally });
    await expect(
      commit(at, { from: 4, to: 9, writes: [write('a', 8, null), write('b', 9, {})], deadLetters: [{ ...letter, position: 9 }] }),
    ).rejects.toMatchObject({ name: 'StaleFence' });
    const { checkpoints } = (await store.generations())[0]!;
    expect(checkpoints).toEqual([{ part: 0, position: 5, tally, fence: 1 }]);
    expect(await store.deadLetters()).toEqual([letter]);
    expect(await store.read(notices, at, 'notices', ['a', 'b'])).toEqual(
      new Map([['a', { id: 'a', key: 'k-a', position: 4, doc: { id: 'a', title: '芦山' } }]]),
    );
  });

  it('PR-09 whoever has an older fence than the lease or the checkpoint writes nothing', async () => {
    const at = await made();
    const lease = { owner: 'new', fence: 3, beat: 0, beatAt: '2013-04-20T00:00:00.000Z' };
    expect(await store.swapLease(leaseOf(at, 0), null, lease)).toBe(true);
    await expect(commit(at, { from: 0, to: 5, fence: 2 })).rejects.toMatchObject({ name: 'StaleFence' });
    await commit(at, { from: 0, to: 5, fence: 3 });
    expect(await store.swapLease(leaseOf(at, 0), lease, { ...lease, owner: null, fence: 0 })).toBe(true);
    await expect(commit(at, { from: 5, to: 6, fence: 2 })).rejects.toMatchObject({ name: 'StaleFence' });
  });

  it('PR-08 of several who want a lease one gets it', async () => {
    const others = [store, await openSqliteViews(file), await openSqliteViews(file)];
    const lease = { owner: 'first', fence: 1, beat: 0, beatAt: '2013-04-20T00:00:00.000Z' };
    const got = async (seen: typeof lease | null, fence: number) =>
      (await Promise.all(others.map(one => one.swapLease('x', seen, { ...lease, fence })))).filter(Boolean).length;
    expect(await got(null, 1)).toBe(1);
    expect(await got(lease, 2)).toBe(1);
    expect(await store.lease('x')).toEqual({ ...lease, fence: 2 });
    expect(await store.lease('y')).toBeNull();
    for (const other of others.slice(1)) await other.close();
  });

  it('PR-04 an older document never takes the place of a newer one, except in a repair', async () => {
    const at = await made();
    await commit(at, { from: 0, to: 5, writes: [write('a', 4, { title: '新' })] });
    await commit(at, { from: 5, to: 6, writes: [write('a', 3, { title: '旧' })] });
    expect(await store.view(notices, at).get('notices', 'a')).toEqual({ id: 'a', title: '新' });
    expect(await store.view(notices, at).count('notices', { search: '新' })).toBe(1);
    await commit(at, { from: 6, to: 6, repair: true, writes: [write('a', 3, { title: '修' })] });
    expect(await store.view(notices, at).get('notices', 'a')).toEqual({ id: 'a', title: '修' });
    expect(await store.view(notices, at).count('notices', { search: '新' })).toBe(0);
  });

  it('PR-34 a removed document is nowhere to be read, and its position stays', async () => {
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

  it('pages go through a collection in the order of its ids', async () => {
    const at = await made();
    await commit(at, { from: 0, to: 9, writes: ['d', 'B', 'a', '川', 'c'].map(id => write(id, 9, {})) });
    const ids = async (after: string | null) => (await store.page(notices, at, 'notices', after, 2)).map(({ id }) => id);
    expect([await ids(null), await ids('a'), await ids('d'), await ids('川')]).toEqual([['B', 'a'], ['c', 'd'], ['川'], []]);
  });

  it('PR-24 PR-28 switching shows the new one, keeps the old one for a way back, and drops the one before', async () => {
    const [first, second, third] = [await made(), await made('building'), await made('building')];
    expect(await store.create(notices, { parts: 1, goal: 0, state: 'active' })).toBeNull();
    expect(await store.activate(second, ['ready'])).toBe(false);
    expect(await store.move(second, ['building'], 'ready')).toBe(true);
    expect(await store.move(second, ['building'], 'ready')).toBe(false);
    expect(await store.activate(second, ['ready'])).toBe(true);
    expect(await states()).toEqual(['1 retiring', '2 active', '3 building']);
    expect(await store.activate(first, ['retiring'])).toBe(true);
    expect(await states()).toEqual(['1 active', '2 retiring', '3 building']);
    expect(await store.activate(third, ['building'])).toBe(true);
    expect(await states()).toEqual(['1 retiring', '3 active']);
    expect((await tables()).filter(name => name.includes('_g2_'))).toEqual([]);
  });

  it('PR-50 what is dropped is gone whole, its number never comes again, and the active one stays', async () => {
    const [first, second] = [await made(), await made('building')];
    const [view, lasting] = [store.view(notices, second), store.view(notices, first)];
    await store.swapLease(leaseOf(second, 0), null, { owner: 'me', fence: 1, beat: 0, beatAt: '' });
    await commit(second, {
      from: 0,
      to: 1,
      writes: [write('a', 1, {})],
      deadLetters: [{ ...second, position: 1, state: 'parked' } as DeadLetter],
    });
    expect(await view.get('notices', 'a')).toEqual({ id: 'a' });
    expect(await store.drop(first)).toBe(false);
    expect(await store.drop(second)).toBe(true);
    expect(await store.drop(second)).toBe(false);
    for (const asked of [view.get('notices', 'a'), view.find('notices', { limit: 1 }), view.count('notices'), view.position()])
      await expect(asked).rejects.toMatchObject({ name: 'GenerationGone' });
    await expect(store.read(notices, second, 'notices', ['a'])).rejects.toMatchObject({ name: 'GenerationGone' });
    await expect(store.finish(notices, second)).rejects.toMatchObject({ name: 'GenerationGone' });
    await expect(commit(second, { from: 1, to: 2 })).rejects.toMatchObject({ name: 'StaleFence' });
    expect([await store.deadLetters(), await store.lease(leaseOf(second, 0)), await states()]).toEqual([[], null, ['1 active']]);
    expect((await made('building')).generation).toBe(3);
    expect(await lasting.position()).toBe(0);
  });

  it('PR-23 a generation is loaded without indexes and search, and has them when it is finished, whatever is written meanwhile', async () => {
    const at = await made('building');
    const many = Array.from({ length: 1_300 }, (_, index) =>
      write(`n${index}`, 1, { title: `第${index}号通知`, year: index % 7 }),
    );
    await commit(at, { from: 0, to: 1, writes: many });
    expect(await tables()).not.toContain('notices_g1_notices_0');
    const view = store.view(notices, at);
    expect(await view.count('notices', { search: '通知' })).toBe(0);
    let [position, ended] = [1, false];
    const finishing = store.finish(notices, at).then(() => (ended = true));
    while (!ended) {
      const to = position + 1;
      const writes = [
        write('n3', to, { title: '公告', year: 1 }),
        write('n1299', to, { title: '公告', year: 1 }),
        write(`m${to}`, to, { title: '决定' }),
        write('n5', to, null),
      ];
      await commit(at, { from: position, to, writes });
      position = to;
      await new Promise(resolve => setImmediate(resolve));
    }
    await finishing;
    await store.finish(notices, at);
    expect(await tables()).toContain('notices_g1_notices_0');
    expect(await view.count('notices', { search: '通知' })).toBe(1_297);
    expect(await view.count('notices', { search: '公告' })).toBe(2);
    expect(await view.count('notices', { search: '决定' })).toBe(position - 1);
  });

  it('PR-11 parts that stand together become another number of parts, and who wrote the others is locked out', async () => {
    const at = await made('building', 2);
    const lease = { owner: 'other', fence: 5, beat: 2, beatAt: '' };
    await store.swapLease(leaseOf(at, 1), null, lease);
    await commit(at, { part: 0, from: 0, to: 8, tally: { Noted: { count: 3, sum: 2 ** 32 - 1 } } });
    expect(await store.repart(at, 1, 1)).toBe(false);
    await commit(at, { part: 1, from: 0, to: 8, fence: 5, tally: { Noted: { count: 2, sum: 3 }, Other: { count: 1, sum: 1 } } });
    expect(await store.repart(at, 3, 0)).toBe(false);
    expect(await store.repart(at, 3, 1)).toBe(true);
    const { checkpoints } = (await store.generations())[0]!;
    expect(checkpoints).toEqual([
      { part: 0, position: 8, tally: { Noted: { count: 5, sum: 2 }, Other: { count: 1, sum: 1 } }, fence: 1 },
      { part: 1, position: 8, tally: {}, fence: 6 },
      { part: 2, position: 8, tally: {}, fence: 0 },
    ]);
    await expect(commit(at, { part: 1, from: 8, to: 9, fence: 5 })).rejects.toMatchObject({ name: 'StaleFence' });
    await commit(at, { part: 1, from: 8, to: 9, fence: 6 });
    expect(await store.view(notices, at).position()).toBe(8);
  });

  it('what is noted about a generation is added to what was, and a pause survives', async () => {
    const at = await made('building');
    await store.move(at, ['building'], 'failed', { error: '磁盘已满' });
    await store.move(at, ['failed'], 'building', {
      verification: { position: 1, passed: true, missing: [], sampled: 0, differing: [], undigested: 0 },
    });
    await store.pause('notices', { by: 'wang-lei', at: '2013-04-20T00:00:00.000Z', reason: '核对' });
    await store.close();
    store = await openSqliteViews(file);
    expect(await store.generations()).toMatchObject([
      { state: 'building', goal: 9, note: { error: '磁盘已满', verification: { position: 1 } } },
    ]);
    await store.move(at, ['building'], 'ready', { error: undefined });
    expect((await store.generations())[0]!.note).not.toHaveProperty('error');
    expect(await store.paused()).toEqual(
      new Map([['notices', { by: 'wang-lei', at: '2013-04-20T00:00:00.000Z', reason: '核对' }]]),
    );
    await store.pause('notices', null);
    expect(await store.paused()).toEqual(new Map());
  });

  it('dead letters are found by projection, generation and state', async () => {
    const at = await made();
    const letter = (position: number, state: DeadLetter['state']) => ({ ...at, position, state }) as DeadLetter;
    await commit(at, { from: 0, to: 9, deadLetters: [letter(3, 'parked'), letter(2, 'waiting'), letter(4, 'skipped')] });
    await commit(at, { from: 9, to: 9, deadLetters: [letter(3, 'applied')] });
    expect((await store.deadLetters()).map(one => one.position)).toEqual([2, 3, 4]);
    expect(await store.deadLetters({ states: ['applied', 'parked'] })).toEqual([letter(3, 'applied')]);
    expect(await store.deadLetters({ projection: 'notices', generation: 2 })).toEqual([]);
    expect(await store.deadLetters({ projection: 'others' })).toEqual([]);
  });

  describe('files of other programs', () => {
    it('the views of an older layout are dropped, the places where reactions stand are kept', async () => {
      const older = join(folder, 'older.db');
      const db = await openDatabase(older, { durability: 'normal' });
      // As the program before wrote it: a view of one collection, a rebuild of it that was killed, and a reaction.
      db.exec(`
        CREATE TABLE projections (
          name TEXT PRIMARY KEY, version INTEGER NOT NULL, generation INTEGER NOT NULL, position INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE generations (name TEXT NOT NULL, number INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (name, number)) STRICT;
        CREATE TABLE notices_g1_notices (rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT;
        CREATE VIRTUAL TABLE notices_g1_notices_text USING fts5(tokens, tokenize = "unicode61 remove_diacritics 0");
        CREATE TABLE notices_g2_notices (rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT;
        CREATE VIRTUAL TABLE notices_g2_notices_text USING fts5(tokens, tokenize = "unicode61 remove_diacritics 0");
        INSERT INTO projections VALUES ('notices', 1, 1, 7), ('when-noted', 1, 1, 5);
        INSERT INTO generations VALUES ('notices', 2, 0);
        INSERT INTO notices_g1_notices (id, doc) VALUES ('a', '{"id":"a"}');
      `);
      db.close();
      const [store, other] = await Promise.all([openSqliteViews(older), openSqliteViews(older)]);
      expect(await store.generations()).toEqual([
        {
          projection: 'when-noted',
          generation: 1,
          version: 1,
          state: 'active',
          goal: 5,
          checkpoints: [{ part: 0, position: 5, tally: {}, fence: 0 }],
          note: {},
        },
      ]);
      file = older;
      expect(await tables()).toEqual([]);
      expect(await other.create(notices, { parts: 1, goal: 0, state: 'active' })).toMatchObject({ generation: 1 });
      for (const one of [store, other]) await one.close();
    });

    it('the file of a newer program is refused with what to do, and left alone', async () => {
      const newer = join(folder, 'newer.db');
      const db = await openDatabase(newer, { durability: 'normal' });
      db.exec('PRAGMA user_version = 9; CREATE TABLE future (x)');
      db.close();
      await expect(openSqliteViews(newer)).rejects.toMatchObject({
        name: 'DatabaseUnusable',
        message: expect.stringMatching(/newer\.db.*请升级程序.*Upgrade the program/) as unknown,
      });
    });

    it('tables that a killed process left behind go at the next start', async () => {
      const at = await made('building');
      const db = await openDatabase(file, { durability: 'normal' });
      db.exec('DELETE FROM generations');
      db.close();
      await (await openSqliteViews(file)).close();
      expect(await tables()).toEqual([]);
      await expect(store.view(notices, at).get('notices', 'a')).rejects.toMatchObject({ name: 'GenerationGone' });
    });
  });

  it('queries go by the indexes, and find the same by an index as without one', async () => {
    const values = [2013, 2012.5, '2013', '芦山', true, false, null, undefined, { deep: 1 }, [1, 2], '', -0.001, 1e21];
    const nested: Projection = {
      ...notices,
      name: 'nested',
      collections: { docs: { indexes: [['value'], ['in.value', 'id']] } },
    };
    const at = (await store.create(nested, { parts: 1, goal: 0, state: 'active' }))!;
    const docs = values.map((value, index) => ({ id: `d${index}`, value, plain: value, in: { value, plain: value } }));
    const writes = docs.map(doc => ({ collection: 'docs', id: doc.id, key: 'k', position: 1, doc }));
    await store.commit(nested, at, { part: 0, fence: 0, from: 0, to: 1, writes, tally: {} });
    const view = store.view(nested, at);
    const ids = async (find: Parameters<typeof view.find>[1]) =>
      (await view.find<{ id: string }>('docs', find)).items.map(({ id }) => id);
    for (const wanted of [
      2013,
      2012.5,
      '2013',
      '芦山',
      true,
      false,
      null,
      1e21,
      { in: ['芦山', 2013] },
      { gte: 0 },
      { lt: '3' },
    ]) {
      const found = await ids({ where: { plain: wanted }, limit: 99 });
      expect(found.length).toBeGreaterThan(0);
      expect(await ids({ where: { value: wanted }, limit: 99 })).toEqual(found);
      expect(await ids({ where: { 'in.value': wanted }, limit: 99 })).toEqual(found);
    }
    expect(await ids({ sort: [['value', 'desc']], limit: 99 })).toEqual(await ids({ sort: [['in.plain', 'desc']], limit: 99 }));
    const db = await openDatabase(file, { durability: 'normal', readOnly: true });
    const plan = db
      .prepare('EXPLAIN QUERY PLAN SELECT doc FROM nested_g1_docs WHERE doc IS NOT NULL AND c0 = ? ORDER BY id')
      .all();
    db.close();
    expect(JSON.stringify(plan)).toMatch(/USING INDEX nested_g1_docs_0/);
    expect(JSON.stringify(plan)).not.toMatch(/TEMP B-TREE/);
  });

  it('a view answers by an index that the program got since its documents were written', async () => {
    const at = await made();
    await commit(at, { from: 0, to: 1, writes: [write('a', 1, { year: 2013, unit: 'jiuzai' })] });
    const since = { ...notices, collections: { ...notices.collections, notices: { indexes: [['unit'], ['year']] } } };
    expect(await store.view(since, at).count('notices', { where: { unit: 'jiuzai', year: 2013 } })).toBe(1);
    await store.commit(since, at, {
      part: 0,
      fence: 1,
      from: 1,
      to: 2,
      writes: [write('b', 2, { year: 2013, unit: 'jiuzai' })],
      tally: {},
    });
    expect(await store.view(since, at).count('notices', { where: { unit: 'jiuzai', year: 2013 } })).toBe(2);
  });
});
