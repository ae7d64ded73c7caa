import { describe, expect, it } from '@jest/globals';
import { refuse } from '#contracts';
import type { DeadLetter, GenerationStatus, Outcome, ProjectionStatus } from '#projections';
import { house, site } from '../samples.js';
import { standAt } from '../site.js';
import type { Desk, ProjectionDetail } from './desk.js';
import { operationsPage, operationsPart, signIn } from './index.js';

const hostile = '<script>alert(1)</script>';

const generation: GenerationStatus = {
  ...{
    number: 3,
    version: 2,
    state: 'active',
    position: 90,
    parts: 1,
    goal: 90,
    progress: 1,
    lagEvents: 0,
    lagSeconds: 0,
    events: 9,
  },
  ...{ owner: 'catalogue 7 780a1caf-6194-4e28-9b99-15465c22c40a', beatAt: '2026-11-20T01:00:00.000Z' },
  complete: {
    proven: true,
    position: 90,
    types: [{ type: 'RecordPublished', stored: 9, seen: 9, hash: 'f8940d11' }],
    missing: [],
  },
  deadLetters: { blocking: 0, parked: 0, waiting: 0, skipped: 0 },
};
const projection: ProjectionStatus & { room: string } = {
  ...{ projection: 'records', version: 2, room: 'catalogue', life: 'quiet', active: 3, generations: [generation] },
};
const detail: ProjectionDetail = { ...projection, orders: [] };
const letter: DeadLetter = {
  ...{ projection: 'records', generation: 3, version: 2, position: 41, key: 'catalogue.unit-one', stream: 'catalogue.unit-one' },
  ...{ revision: 0, type: 'PersonDesignated', eventId: 'e', state: 'parked', error: hostile, attempts: 5 },
  ...{ firstAt: '2026-11-20T01:00:00.000Z', lastAt: '2026-11-20T01:00:01.000Z' },
};

function at(path: string, answers: Record<string, unknown>, more: Partial<Desk> = {}, query = ''): Desk {
  const here = standAt(site, path, new URLSearchParams(query));
  const actor = { person: 'wu-gang', name: '吴刚', roles: ['operator' as const] };
  return { here, actor, mayOrder: true, formKey: 'k', ask: house(answers).ask, ...more };
}
const overview = (projections: object[], letters: DeadLetter[] = []) => ({
  'operations.projection.list': { total: projections.length, items: projections, next: null, silent: [] },
  'operations.dead-letter.list': { total: letters.length, items: letters, next: null },
});
const shown = async (one: Partial<ProjectionDetail>, more: Partial<Desk> = {}) =>
  (await operationsPage(at('/ops/projections/records', { 'operations.projection.get': { ...detail, ...one } }, more))).body;

describe('The operators’ pages', () => {
  it('tell each state by a word and a shape', async () => {
    const states: [Partial<ProjectionStatus>, string, string][] = [
      [{ life: 'never-started', active: null, generations: [] }, '○', '从未启动'],
      [{ life: 'at-zero' }, '◌', '尚无事件'],
      [{ life: 'working', generations: [{ ...generation, lagEvents: 12, lagSeconds: 30 }] }, '◐', '12 个事件，30 秒'],
      [{ life: 'quiet' }, '●', '已跟上'],
      [{ life: 'dead' }, '✕', '无人处理'],
      [{ paused: { by: 'li', at: '2026-11-20', reason: '维护' } }, '■', '已暂停'],
      [
        { generations: [{ ...generation, deadLetters: { ...generation.deadLetters, blocking: 1 } }] },
        '▲',
        '停在一个处理不了的事件前',
      ],
    ];
    for (const [status, shape, word] of states) {
      const { body } = await operationsPage(at('/ops', overview([{ ...projection, ...status }])));
      expect(body).toContain(`<span aria-hidden="true">${shape}</span>`);
      expect(body).toContain(word);
    }
  });

  it('show how far a build is, and what stands beside the live one', async () => {
    const building = { ...generation, number: 4, state: 'building' as const, progress: 0.456 };
    const { body } = await operationsPage(at('/ops', overview([{ ...projection, generations: [generation, building] }])));
    expect(body).toContain('构建中');
    expect(body).toMatch(/<progress max="100" value="45"[^>]*><\/progress> 45%/);
  });

  it('name a room that does not answer, and show the others', async () => {
    const answers = { ...overview([projection]) };
    answers['operations.projection.list'].silent = ['requests'] as never[];
    const { status, body } = await operationsPage(at('/ops', answers));
    expect(status).toBe(200);
    expect(body).toContain('没有应答的服务：requests');
    expect(body).toContain('已跟上');
  });

  it('print what others wrote as text, and carry one script, from this site', async () => {
    const event = { stream: 's', revision: 0, data: { note: hostile }, metadata: { name: hostile, recordedAt: '2026-11-20' } };
    const letters = { items: [{ letter, event, before: [], behind: [], behindTotal: 0 }] };
    const bodies = [
      (await operationsPage(at('/ops', overview([projection], [letter])))).body,
      (await operationsPage(at('/ops/dead-letters/records/41', { 'operations.dead-letter.get': letters }))).body,
      await shown({ paused: { by: hostile, at: '', reason: hostile }, generations: [{ ...generation, error: hostile }] }),
    ];
    for (const body of bodies) {
      expect(body).toContain('&lt;script>alert(1)');
      expect(body.replaceAll('<script src="/ops/live.js" defer></script>', '')).not.toMatch(/<script|\sstyle=|\son[a-z]+=/);
    }
  });

  it('offer what can be ordered as things stand, each with its reason and a key of its own; to an auditor nothing', async () => {
    const ordersIn = (body: string) => [...body.matchAll(/name="order" value="([a-z-]+)"/g)].map(([, order]) => order);
    expect(ordersIn(await shown({}))).toEqual(['rebuild', 'verify', 'rebuild-key', 'pause']);
    const ready = { ...generation, number: 4, state: 'ready' as const };
    const retiring = { ...generation, number: 2, state: 'retiring' as const };
    expect(ordersIn(await shown({ generations: [retiring, generation, ready] }))).toEqual([
      ...['rebuild', 'verify', 'switch', 'rollback', 'drop', 'rebuild-key', 'pause'],
    ]);
    const paused = { by: 'li', at: '2026-11-20', reason: '维护' };
    const body = await shown({ paused, generations: [retiring, generation, ready] });
    expect(ordersIn(body)).toEqual(['verify', 'rollback', 'drop', 'resume']);
    expect(body.match(/name="reason"[^>]* required/g)).toHaveLength(4);
    expect(new Set([...body.matchAll(/name="once" value="([^"]+)"/g)].map(([, key]) => key)).size).toBe(4);
    expect(ordersIn(await shown({}, { mayOrder: false }))).toEqual([]);
  });

  it('say what an order came to: done, tried in vain, or refused, with the status of that', async () => {
    const done: Outcome = {
      order: 'verify',
      projection: 'records',
      position: 91,
      revision: 0,
      ok: true,
      zh: '核对通过。',
      en: '',
    };
    expect(await shown({}, { said: done })).toMatch(/role="status" class="said">.*核对通过。.*命令记于位置 91/);
    expect(await shown({}, { said: { ...done, ok: false, zh: '核对未通过。' } })).toMatch(
      /role="alert" class="said">.*核对未通过。/,
    );
    const said = refuse('conflict', 'not-paused', { zh: 'records 没有暂停。', en: '' });
    const refused = await operationsPage(at('/ops/projections/records', { 'operations.projection.get': detail }, { said }));
    expect([refused.status, refused.body]).toEqual([409, expect.stringContaining('records 没有暂停。')]);
  });

  it('prove per type that nothing is missing, or say where something is', async () => {
    expect(await shown({})).toContain('✓ 完整：到位置 90');
    const types = [{ type: 'RecordPublished', stored: 9, seen: 8, hash: '00000000' }];
    const complete = { proven: false, position: 90, types, missing: [{ type: 'RecordPublished', stored: 9, seen: 8 }] };
    expect(await shown({ generations: [{ ...generation, complete }] })).toMatch(/▲ 不完整：到位置 90.*▲ RecordPublished.*9.*8/);
  });

  it('send the changing part alone, in the reader’s characters; a refusal is told as such', async () => {
    const part = await operationsPart(at('/ops', overview([projection]), {}, 'lang=zh-Hant'), null);
    expect(part).toContain('已跟上');
    expect(part).toContain('href="/ops/projections/records?lang=zh-Hant"');
    expect(part).not.toContain('<html');
    const refusal = refuse('unauthenticated', 'token-invalid', { zh: '请重新登录。', en: '' });
    expect(await operationsPart(at('/ops', { 'operations.projection.get': refusal }), 'records')).toBe(refusal);
  });

  it('are not found where there is none, and come back after the sign-in to the page that was asked for', async () => {
    for (const path of ['/ops/projections', '/ops/projections/a/b', '/ops/nothing', '/ops/dead-letters/records'])
      expect((await operationsPage(at(path, {}))).status).toBe(404);
    const { body } = signIn(standAt(site, '/ops/projections/records', new URLSearchParams()), { people: [] });
    expect(body).toContain('name="to" value="/ops/projections/records"');
    expect(body).not.toContain('开发登录');
  });
});
