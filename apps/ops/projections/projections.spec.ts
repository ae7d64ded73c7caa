import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recordsView } from '#catalogue';
import { type ProjectionOrder, projectionRooms } from '#contracts';
import { openSqliteEventStore, type NewEvent } from '#event-store';
import { eventsFile, viewsFile } from '#platform';
import { type DeadLetter, openSqliteViews, type Outcome, type PastOrder, type ProjectionStatus, seen } from '#projections';
import { rooms } from '../files.js';
import { anOperator, bytesOf, oneSentence, type Operator, type Said } from '../store/given-operator.js';

const golden = 'libs/event-store/golden/data-folder-v1';
let operator: Operator;
/** A house whose views were never built, and one whose records were. */
let bare: string;
let built: string;
/** A copy of the latter. */
let house: string;
let copies = 0;

beforeAll(async () => {
  operator = anOperator();
  [bare, built] = [operator.place('bare'), operator.place('built')];
  cpSync(golden, bare, { recursive: true });
  cpSync(golden, built, { recursive: true });
  done(await operator.ops(built, 'projections', 'rebuild', 'records', '--reason', '首次建立'));
});
afterAll(() => operator.leave());
beforeEach(() => {
  house = operator.place(`house-${++copies}`);
  cpSync(built, house, { recursive: true });
});

const ops = (...args: string[]) => operator.ops(house, ...args);
const records = (verb: string, ...args: string[]) => ops('projections', verb, 'records', ...args);

function done({ code, out, err }: Said): string {
  if (code !== 0) throw new Error(`${code}: ${out}${err}`);
  return out;
}
const json = <T>(said: Said): T => JSON.parse(done(said)) as T;
const status = async () => json<ProjectionStatus & { orders: PastOrder[] }>(await records('status', '--json'));
const statesOf = ({ generations }: ProjectionStatus) => generations.map(({ number, state }) => [number, state]);

/** What readers see of the records. */
async function seesUnit(id: string): Promise<boolean> {
  const readStore = await openSqliteViews(viewsFile(house, 'catalogue'));
  const unit = await seen(readStore, recordsView).get('units', id);
  await readStore.close();
  return unit !== null;
}

/** Stores it as it is: as a newer program might, or a faulty one. */
async function store(stream: string, ...events: Pick<NewEvent, 'type' | 'version' | 'data'>[]): Promise<void> {
  const log = await openSqliteEventStore(eventsFile(house));
  const metadata = {
    ...{ commandId: 'c', command: 'test', commandDigest: 'd', correlationId: 'r', person: 'p', name: '某人' },
    ...{ occurredOn: '2026-11-20', recordedAt: '2026-11-20T01:00:00.000Z' },
  };
  const at = await log.head();
  await log.append(
    stream,
    events.map((event, index) => ({ ...event, id: `stored-${at}-${index}`, metadata })),
    'any',
  );
  await log.close();
}

it('The front door knows which room keeps which projection', () => {
  const kept = Object.entries(rooms).flatMap(([room, projections]) => projections.map(({ name }) => [name, room]));
  expect(projectionRooms).toEqual(Object.fromEntries(kept));
});

describe('An operator looks', () => {
  it('at a house whose views were never built: never started, and nothing dead', async () => {
    const all = json<ProjectionStatus[]>(await operator.ops(bare, 'projections', 'list', '--json'));
    expect(all.map(({ projection, room, life }) => [projection, room, life])).toEqual([
      ['records', 'catalogue', 'never-started'],
      ['channels', 'channels', 'never-started'],
      ['requests', 'requests', 'never-started'],
      ['annual-report', 'statistics', 'never-started'],
      ['report-cases', 'statistics', 'never-started'],
    ]);
    expect(done(await operator.ops(bare, 'projections', 'list'))).toContain('○ 从未启动 / never started');
  });

  it('at one projection: what stands, per type that nothing is missing, and who ordered what and why', async () => {
    const one = await status();
    expect(one).toMatchObject({
      projection: 'records',
      life: 'dead',
      active: 1,
      generations: [{ state: 'active', lagEvents: 0 }],
    });
    const { proven, types } = one.generations[0]!.complete!;
    expect(proven).toBe(true);
    expect(types.length).toBeGreaterThan(5);
    for (const { type, stored, seen, hash } of types)
      expect([type, seen, hash]).toEqual([type, stored, expect.stringMatching(/^[0-9a-f]{8}$/)]);
    expect(one.orders).toMatchObject([
      { ordered: { order: 'rebuild', reason: '首次建立' }, person: expect.stringMatching(/^operator:/) },
    ]);
    const said = done(await records('status'));
    for (const words of ['✕ 无人处理 / dead', '✓ 完整', 'RecordPublished', '首次建立']) expect(said).toContain(words);
  });

  it('at events that no view holds yet: lag in events and in seconds', async () => {
    await store('catalogue.unit-new', {
      type: 'UnitRegistered',
      version: 1,
      data: { unitId: 'new', name: '新处', kind: 'internal' },
    });
    const [generation] = (await status()).generations;
    expect(generation).toMatchObject({ lagEvents: 1, lagSeconds: expect.any(Number) });
    expect(generation!.lagSeconds).toBeGreaterThan(3600);
  });

  it('on, until Ctrl-C, which is how it is meant to end', async () => {
    const { code, out } = await operator.lookedAt(
      said => said.includes('\n'),
      house,
      'projections',
      'watch',
      'records',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out.split('\n')[0]!)).toMatchObject([{ projection: 'records', active: 1 }]);
  });
});

describe('An operator orders', () => {
  it('a rebuild that waits, switches to it, goes back, and drops it: each is an event with who and why', async () => {
    const outcome = json<Outcome>(await records('rebuild', '--hold', '--parts', '2', '--reason', '演练', '--json'));
    expect(outcome).toMatchObject({
      ...{ order: 'rebuild', ok: true, generation: 2, state: 'ready', verification: { passed: true } },
      zh: expect.stringMatching(/\p{Script=Han}/u),
    });
    expect(statesOf(await status())).toEqual([
      [1, 'active'],
      [2, 'ready'],
    ]);
    expect(done(await records('switch'))).toContain('第 2 代已启用');
    expect(done(await records('rollback', '--reason', '数字可疑'))).toContain('已回到第 1 代');
    expect(statesOf(await status())).toEqual([
      [1, 'active'],
      [2, 'retiring'],
    ]);
    done(await records('drop', '2', '--reason', '不再需要'));
    const { orders, generations } = await status();
    expect(generations.map(({ number }) => number)).toEqual([1]);
    expect(orders.map(({ ordered: { order, reason, generation } }) => [order, reason, generation])).toEqual([
      ['drop', '不再需要', 2],
      ['rollback', '数字可疑', 1],
      ['switch', '运维人员要求切换', 2],
      ['rebuild', '演练', undefined],
      ['rebuild', '首次建立', undefined],
    ]);
  });

  it('a rebuild by its older name, in words: what is different from the one before', async () => {
    const said = done(await ops('rebuild', 'records'));
    expect(said).toMatch(/^records：第 2 代已重建、核对并启用。 \/ Generation 2 [^\n]*\n.*第 1 代相比/);
    expect(said).toMatch(/published {2}\d+ → \d+ .* 0 .* 0 .* 0\n/);
  });

  it('a pause: nothing else is carried out until it is resumed', async () => {
    done(await records('pause', '--reason', '维护'));
    expect(done(await records('status'))).toContain('■ 已暂停 / paused');
    expect(done(await ops('status'))).toMatch(/^ {2}records .*■ 已暂停 \/ paused$/m);
    const refused = await records('rebuild');
    expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringMatching(oneSentence) });
    expect(refused.err).toContain('维护');
    done(await records('resume'));
    done(await records('rebuild'));
  });

  it('a verification that finds a document broken by hand, and the rebuild of its key that mends it', async () => {
    const readStore = await openSqliteViews(viewsFile(house, 'catalogue'));
    const [at] = await readStore.generations();
    const [{ part, position, tally }] = at!.checkpoints as [(typeof at & object)['checkpoints'][number]];
    const [doc] = await readStore.page(recordsView, at!, 'published', null, 1);
    const lease = await readStore.lease('records/1/0');
    await readStore.commit(recordsView, at!, {
      ...{ part, fence: lease!.fence, from: position, to: position, tally, repair: true },
      writes: [{ ...doc!, collection: 'published', doc: { ...doc!.doc, title: '被改动的标题' } }],
    });
    await readStore.close();
    const found = await records('verify', '--json');
    expect(found.code).toBe(1);
    expect(JSON.parse(found.out)).toMatchObject({
      ...{ order: 'verify', ok: false, zh: expect.stringContaining('核对未通过') },
      verification: { passed: false, missing: [], differing: [{ collection: 'published', id: doc!.id }] },
    });
    expect(json<Outcome>(await records('rebuild-key', doc!.key, '--json'))).toMatchObject({ ok: true, key: { changed: 1 } });
    done(await records('verify'));
  });

  it('nothing that a rule refuses, and what is refused leaves nothing', async () => {
    const before = await operator.events(house);
    const refusals: [string[], string][] = [
      [['projections', 'rebuild', 'nowhere'], 'projection-unknown'],
      [['projections', 'switch', 'records'], 'no-generation'],
      [['projections', 'switch', 'records', '--generation', '7'], 'generation-unknown'],
      [['projections', 'rollback', 'records', '--reason', '试'], 'nothing-to-roll-back-to'],
      [['projections', 'drop', 'records', '1', '--reason', '试'], 'generation-active'],
      [['projections', 'resume', 'records'], 'not-paused'],
      [['projections', 'rebuild-key', 'records', 'catalogue.record-none'], 'key-unknown'],
      [['projections', 'verify', 'channels'], 'no-generation'],
      [['dead-letters', 'show', 'records', '5'], 'dead-letter-unknown'],
      [['dead-letters', 'retry', 'records', '5'], 'dead-letter-unknown'],
      [['dead-letters', 'list', 'nowhere'], 'projection-unknown'],
    ];
    await Promise.all(
      refusals.map(async ([args, name]) => {
        const { code, out, err } = await ops(...args, '--json');
        expect([args, code, JSON.parse(out)]).toEqual([args, 1, expect.objectContaining({ name, zh: expect.any(String) })]);
        expect(err).toMatch(oneSentence);
      }),
    );
    expect(await operator.events(house)).toEqual(before);
  });

  it('nothing by a command line that cannot be read: 2, nothing on standard output, nothing stored', async () => {
    const before = await operator.events(house);
    const mistakes: string[][] = [
      ['projections'],
      ['projections', 'rebuilt', 'records'],
      ['projections', 'rebuild'],
      ['projections', 'rebuild', 'records', '--parts', '0'],
      ['projections', 'rebuild', 'records', '--parts', '99'],
      ['projections', 'rebuild', 'records', '--colour', 'red'],
      ['projections', 'rebuild', 'records', '--reason', ''],
      ['projections', 'rebuild', 'records', '--reason', '请回电 13800138000'],
      ['projections', 'switch', 'records', '--force'],
      ['projections', 'pause', 'records'],
      ['projections', 'drop', 'records', 'two', '--reason', '试'],
      ['projections', 'drop', 'records', '--reason', '试'],
      ['projections', 'as-of', 'records'],
      ['projections', 'as-of', 'records', '--date', '2013-02-30'],
      ['projections', 'as-of', 'records', '--instant', '2013-02-20T08:00:00'],
      ['projections', 'as-of', 'records', '--position', '-1'],
      ['projections', 'as-of', 'records', '--position', '99999999'],
      ['projections', 'as-of', 'records', '--position', '1', '--date', '2013-02-20'],
      ['projections', 'as-of', 'records', '--position', '1', '--collection', 'nothing'],
      ['projections', 'as-of', 'records', '--position', '1', '--id', 'x'],
      ['projections', 'watch', '--every', '0'],
      ['dead-letters', 'skip', 'records', '3'],
      ['dead-letters', 'show', 'records'],
      ['dead-letters', 'retry', 'records', '1e3'],
    ];
    await Promise.all(
      mistakes.map(async args => {
        const { code, out, err } = await ops(...args);
        expect([args, code, out]).toEqual([args, 2, '']);
        expect(err).not.toMatch(/\n {4}at /);
      }),
    );
    expect(await operator.events(house)).toEqual(before);
  });
});

describe('Events that a projection cannot digest', () => {
  const order = (verb: ProjectionOrder['order'], position: number, ...args: string[]) =>
    ops('dead-letters', verb, 'records', String(position), ...args);
  const letters = async (...args: string[]) =>
    json<DeadLetter[]>(await ops('dead-letters', 'list', '--json', ...args)).map(({ generation, position, state }) => [
      generation,
      position,
      state,
    ]);

  it('are parked with their followers, shown, tried again, and left out with a reason; nothing else waits for them', async () => {
    const failing = (await operator.events(house)).length + 1;
    const behind = failing + 1;
    const unit = (unitId: string) => ({ type: 'UnitRegistered', version: 1, data: { unitId, name: '新处', kind: 'internal' } });
    // Of a unit that another stream tells of.
    const misplaced = { unitId: 'jiuzai', person: '某人', from: '2026-01-01' };
    await store('catalogue.unit-one', { type: 'PersonDesignated', version: 1, data: misplaced }, unit('one'));
    await store('catalogue.unit-two', unit('two'));
    done(await records('rebuild'));
    expect((await status()).generations.at(-1)).toMatchObject({
      ...{ state: 'active', lagEvents: 0, complete: { proven: true } },
      deadLetters: { blocking: 0, parked: 1, waiting: 1, skipped: 0 },
    });
    expect([await seesUnit('one'), await seesUnit('two')]).toEqual([false, true]);
    expect(await letters()).toEqual([
      [2, failing, 'parked'],
      [2, behind, 'waiting'],
    ]);
    const shown = done(await ops('dead-letters', 'show', 'records', String(failing)));
    for (const words of ['■ 搁置 / parked', 'catalogue.unit-one', `@${behind}`, '"from": "2026-01-01"', '某人'])
      expect(shown).toContain(words);

    expect(await order('retry', behind)).toMatchObject({ code: 1, err: expect.stringContaining(`位置 ${failing}`) });
    const again = await order('retry', failing, '--json');
    expect([again.code, JSON.parse(again.out)]).toMatchObject([1, { ok: false, settled: { applied: 0, waiting: 1 } }]);
    expect(json<Outcome>(await order('skip', failing, '--reason', '误存', '--json'))).toMatchObject({
      ...{ ok: true, settled: { applied: 1 } },
    });
    expect(await seesUnit('one')).toBe(true);
    expect(await letters()).toEqual([]);
    expect(await letters('--all')).toEqual([
      [2, failing, 'skipped'],
      [2, behind, 'applied'],
    ]);
    expect(done(await ops('dead-letters', 'list', '--all'))).toContain('误存');
    expect((await status()).generations.at(-1)).toMatchObject({
      ...{ complete: { proven: true }, deadLetters: { skipped: 1, parked: 0, waiting: 0 } },
    });
  });

  it('stop a rebuild where a newer program wrote them; readers go on with what they have, and a skip lets it pass', async () => {
    const position = (await operator.events(house)).length + 1;
    await store('catalogue.unit-one', { type: 'UnitRegistered', version: 99, data: { colour: 'red' } });
    const stopped = await records('rebuild');
    expect(stopped).toMatchObject({ code: 1, out: expect.stringMatching(/UnitRegistered 第 99 版[^/]* \/ [^\n]*version 99/) });
    expect(statesOf(await status())).toEqual([
      [1, 'active'],
      [2, 'building'],
    ]);
    expect(await letters()).toEqual([[2, position, 'blocking']]);
    done(await order('skip', position, '--reason', '由新程序补录'));
    expect(json<Outcome>(await records('rebuild', '--json'))).toMatchObject({ ok: true, generation: 2, resumed: true });
  });
});

describe('A view as it was', () => {
  it('by position, instant or day, whole or one document; live data is not touched', async () => {
    const views = bytesOf(join(house, 'views'));
    const at = async (...moment: string[]) =>
      json<{ events: number; collections: Record<string, number> }>(await records('as-of', ...moment, '--json'));
    const then = await at('--date', '2013-06-30');
    const now = await at('--position', String((await operator.events(house)).length));
    expect(await at('--position', '0')).toMatchObject({ events: 0, collections: { records: 0, published: 0, units: 0 } });
    expect(then.collections['records']).toBeGreaterThan(0);
    expect(now.collections['records']).toBeGreaterThan(then.collections['records']!);
    expect((await at('--instant', '2000-01-01T00:00:00Z')).events).toBe(0);

    const lines = done(await records('as-of', '--date', '2013-06-30', '--collection', 'records'))
      .trimEnd()
      .split('\n');
    const docs = lines.map(line => JSON.parse(line) as { id: string; collectedOn: string });
    expect(docs).toHaveLength(then.collections['records']!);
    expect(docs.filter(({ collectedOn }) => collectedOn > '2013-06-30')).toEqual([]);
    const one = ['--date', '2013-06-30', '--collection', 'records', '--id'];
    expect(JSON.parse(done(await records('as-of', ...one, docs[0]!.id)))).toEqual(docs[0]);
    expect(await records('as-of', ...one, 'none')).toMatchObject({ code: 1, out: '', err: expect.stringMatching(oneSentence) });
    expect(bytesOf(join(house, 'views'))).toEqual(views);
  });
});
