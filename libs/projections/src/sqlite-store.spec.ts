import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from '#sqlite';
import type { Projection } from './projection.js';
import { type Batch, type DeadLetter, type ReadStore, type Ref, type Write } from './read-store.js';
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

  it('answers for a document at once while a search looks at very many', async () => {
    const at = await made();
    const writes = Array.from({ length: 4_000 }, (_, index) => write(`n-${index}`, 1, { title: '芦山地震救灾物资'.repeat(20) }));
    await commit(at, { from: 0, to: 1, writes });
    const view = store.view(notices, at);
    const order: string[] = [];
    const search = view
      .find('notices', { search: '救灾物资', limit: 5_000 })
      .then(({ items }) => order.push(`${items.length} found`));
    await new Promise(resolve => setImmediate(resolve));
    await view.get('notices', 'n-1').then(() => order.push('one'));
    await search;
    expect(order).toEqual(['one', '4000 found']);
  });

  it('merges what a search is made of after the commits, and finds the same', async () => {
    const at = await made();
    const titles = ['芦山地震', '救灾物资', '社会救助'];
    for (let round = 0; round < 126; round++)
      await commit(at, {
        from: round,
        to: round + 1,
        writes: [write(`n-${round % 12}`, round + 1, { title: titles[round % 3] })],
      });
    await commit(at, { from: 126, to: 127, writes: [write('n-0', 127, { title: titles[1] }), write('n-1', 127, null)] });
    const view = store.view(notices, at);
    const found = async (search: string) =>
      (await view.find<{ id: string }>('notices', { search, limit: 100 })).items.map(({ id }) => id);
    expect(await found('芦山')).toEqual(['n-3', 'n-6', 'n-9']);
    expect(await found('救灾')).toEqual(['n-0', 'n-10', 'n-4', 'n-7']);
    expect(await found('社会')).toEqual(['n-11', 'n-2', 'n-5', 'n-8']);
    // By themselves they leave seven behind.
    await until('SELECT count(DISTINCT segid) AS n FROM notices_g1_notices_text_idx', segments => segments <= 2);
  });

  it('what was written is copied back beside the next writes, long before a commit would do it', async () => {
    const at = await made();
    const long = 'x'.repeat(1 << 20);
    for (let round = 0; round < 20; round++)
      await commit(at, { from: round, to: round + 1, writes: [write(`n-${round}`, round + 1, { title: long }, 'offices')] });
    await until('PRAGMA wal_checkpoint(NOOP)', (_, { log, checkpointed }) => log! > 1_000 && log! - checkpointed! < 1_000);
  });

  /** What another connection reads, once it is so. */
  async function until(sql: string, wanted: (n: number, row: Record<string, number>) => boolean): Promise<void> {
    const db = await openDatabase(file, { durability: 'normal' });
    let row: Record<string, number> = {};
    for (const end = Date.now() + 10_000; Date.now() < end; await new Promise(resolve => setTimeout(resolve, 20))) {
      row = db.prepare(sql).get() as Record<string, number>;
      if (wanted(row['n'] ?? 0, row)) break;
    }
    db.close();
    expect(wanted(row['n'] ?? 0, row) || row).toBe(true);
  }

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
