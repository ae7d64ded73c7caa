import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSqliteEventStore } from '#event-store';
import type { Outcome, PastOrder, ProjectionStatus } from '#projections';
import { type Answer, ask, headOf, type House, newFolder, ready, startHouse, stop, until } from './house.js';

let house: House;
let folder: string;

beforeAll(async () => {
  folder = newFolder();
  cpSync('libs/event-store/golden/data-folder-v1', folder, { recursive: true });
  house = await startHouse({ folder });
  await ready(house);
});
afterAll(async () => {
  await stop(house);
});

type Problem = Record<string, unknown>;
type Ordered = Outcome & { id: string };
type Projection = ProjectionStatus & { orders: PastOrder[] };

const operations = '/api/v1/operations';
const look = <T = Problem>(path: string, as = 'wu-gang') => ask<T>(house, `${operations}${path}`, { as });
const order = (path: string, body: object, headers: Record<string, string> = {}, as = 'wu-gang') =>
  ask<Ordered>(house, `${operations}${path}`, { as, body, headers });
const seen = async () => (await look<Projection>('/projections/records')).body;

/** What `ops` says at its end, on the files of the running house. */
async function ops(...args: string[]): Promise<{ code: number | null; out: string }> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const main = fileURLToPath(new URL('../apps/ops/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...inherited, GONGKAI_DATA: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', chunk => (out += chunk));
  return { code: await new Promise(resolve => child.on('close', resolve)), out };
}

function activeOnceMoreThan(generation: number): Promise<Projection> {
  return until(30_000, house, async () => {
    const projection = await seen();
    return projection.active! > generation ? projection : undefined;
  });
}

describe('An operator at the API', () => {
  it('sees every projection of every room', async () => {
    const { status, body } = await look<{ items: (ProjectionStatus & { room: string })[]; silent: string[] }>('/projections');
    expect(status).toBe(200);
    expect(body.silent).toEqual([]);
    expect(body.items.map(({ room, projection, life }) => [room, projection, life])).toEqual([
      ['catalogue', 'records', 'quiet'],
      ['channels', 'channels', 'quiet'],
      ['requests', 'requests', 'quiet'],
      ['statistics', 'annual-report', 'quiet'],
      ['statistics', 'report-cases', 'quiet'],
    ]);
  });

  it('orders a rebuild once, however often the order is sent; the room carries it out, and it stands who ordered it and why', async () => {
    const { active } = await seen();
    const key = { 'idempotency-key': 'rebuild-of-november' };
    const first = await order('/projections/records/rebuild', { reason: '年度演练' }, key);
    const again = await order('/projections/records/rebuild', { reason: '年度演练' }, key);
    expect([first.status, first.body]).toMatchObject([
      200,
      { id: 'records', order: 'rebuild', ok: true, generation: active! + 1 },
    ]);
    expect([again.body.position, again.body.generation]).toEqual([first.body.position, first.body.generation]);
    expect(first.headers.get('x-gongkai-position')).toBe(String(first.body.position));
    const projection = await activeOnceMoreThan(active!);
    const generation = projection.generations.find(({ number }) => number === projection.active);
    expect(generation).toMatchObject({ state: 'active', complete: { proven: true }, verification: { passed: true } });
    expect(projection.orders.filter(({ position }) => position === first.body.position)).toMatchObject([
      { ordered: { order: 'rebuild', reason: '年度演练' }, person: 'wu-gang', name: '吴刚（运维）' },
    ]);
  });

  it('does from the command line, beside the running house, what the API shows', async () => {
    const { active } = await seen();
    const rebuilt = await ops('projections', 'rebuild', 'records', '--reason', '命令行', '--json');
    expect([rebuilt.code, JSON.parse(rebuilt.out)]).toMatchObject([0, { ok: true, generation: active! + 1, state: 'active' }]);
    expect(await seen()).toMatchObject({ active: active! + 1, orders: [{ ordered: { reason: '命令行' } }, {}] });
    const verified = await order('/projections/records/verification', { reason: '抽查' });
    expect(verified.body).toMatchObject({ ok: true, verification: { passed: true } });
    const rolled = await order('/projections/records/rollback', { reason: '演练' });
    expect(rolled.body).toMatchObject({ ok: true, generation: active, behind: 0 });
    const standing = await ops('projections', 'status', 'records', '--json');
    expect(JSON.parse(standing.out)).toMatchObject({ active, life: 'quiet' });
  });

  it('sees a projection as it was, as the command line does', async () => {
    const { body } = await look('/projections/records/as-of?date=2013-06-30');
    const { out } = await ops('projections', 'as-of', 'records', '--date', '2013-06-30', '--json');
    expect(body).toEqual(JSON.parse(out));
    const page = await look<{ total: number; items: { id: string }[]; next: string }>(
      '/projections/records/as-of?date=2013-06-30&collection=records&limit=3',
    );
    expect(page.body.items).toHaveLength(3);
    const next = await ask<{ items: { id: string }[] }>(house, page.body.next, { as: 'wu-gang' });
    expect(next.body.items[0]!.id > page.body.items[2]!.id).toBe(true);
    const one = await look(`/projections/records/as-of?date=2013-06-30&collection=records&id=${page.body.items[0]!.id}`);
    expect(one.body['document']).toEqual(page.body.items[0]);
  });

  it('settles a dead letter: shown with its event, tried again, left out with a reason', async () => {
    const position = (await headOf(house)) + 1;
    await storeMisplaced();
    const { body } = await until(20_000, house, async () => {
      const found = await look<{ total: number; items: Problem[] }>('/dead-letters?projection=records');
      const { active } = await seen();
      return found.body.items.some(({ generation }) => generation === active) ? found : undefined;
    });
    expect(body.items[0]).toMatchObject({ projection: 'records', position, state: 'parked', type: 'PersonDesignated' });
    const letter = `/dead-letters/records/${position}`;
    expect((await look(letter)).body).toMatchObject({
      items: [{ event: { data: { unitId: 'jiuzai' } }, before: [], behind: [] }, {}],
    });
    expect(await order(`${letter}/retry`, { reason: '已修复？' })).toMatchObject({
      status: 200,
      body: { ok: false, settled: { applied: 0 } },
    });
    expect(await order(`${letter}/skip`, { reason: '误存' })).toMatchObject({ status: 200, body: { ok: true } });
    expect((await look<{ total: number }>('/dead-letters')).body.total).toBe(0);
    expect((await look('/dead-letters?state=skipped&projection=records')).body).toMatchObject({
      items: [{ by: 'wu-gang', reason: '误存' }, { by: 'wu-gang' }],
    });
  });
});

/** In the stream of another unit: the records' view cannot take it, and parks that stream. */
async function storeMisplaced(): Promise<void> {
  const log = await openSqliteEventStore(join(folder, 'events.db'));
  const metadata = {
    ...{ commandId: 'm', command: 'test', commandDigest: 'd', correlationId: 'm', person: 'p', name: '某人' },
    ...{ occurredOn: '2026-11-20', recordedAt: '2026-11-20T01:00:00.000Z' },
  };
  const data = { unitId: 'jiuzai', person: '某人', from: '2026-01-01' };
  await log.append('catalogue.unit-one', [{ id: 'misplaced', type: 'PersonDesignated', version: 1, data, metadata }], 'any');
  await log.close();
}

describe('What is ordered wrongly', () => {
  const why = { reason: '试' };
  const mistakes: [
    what: string,
    status: number,
    name: string,
    path: string,
    body?: object | undefined,
    as?: string,
    headers?: Record<string, string>,
  ][] = [
    ['a projection that is not there', 404, 'projection-unknown', '/projections/nowhere/rebuild', why],
    ['a look at one that is not there', 404, 'projection-unknown', '/projections/nowhere'],
    ['a look at one that cannot be', 422, 'invalid-input', '/projections/No%20Where'],
    ['a generation that is not there', 404, 'generation-unknown', '/projections/records/generations/99/removal', why],
    ['a generation that is no number', 422, 'invalid-input', '/projections/records/generations/two/removal', why],
    ['a switch with nothing to switch to', 404, 'no-generation', '/projections/channels/switch', why],
    ['the end of a pause that is none', 409, 'not-paused', '/projections/records/resumption', why],
    ['a key that is not there', 404, 'key-unknown', '/projections/records/key-rebuild', { ...why, key: 'catalogue.record-none' }],
    ['no reason', 422, 'invalid-input', '/projections/records/rebuild', {}],
    ['a telephone number for a reason', 422, 'invalid-input', '/projections/records/rebuild', { reason: '请回电 13800138000' }],
    ['a field nobody knows', 422, 'invalid-input', '/projections/records/rebuild', { ...why, colour: 'red' }],
    ['a hundred parts', 422, 'invalid-input', '/projections/records/rebuild', { ...why, parts: 100 }],
    ['the projection twice', 422, 'invalid-input', '/projections/records/rebuild', { ...why, projection: 'records' }],
    ['a dead letter that is not there', 404, 'dead-letter-unknown', '/dead-letters/records/7'],
    ['a retry of what is not there', 404, 'dead-letter-unknown', '/dead-letters/records/7/retry', why],
    ['a look at no moment', 422, 'invalid-input', '/projections/records/as-of'],
    ['a look at two moments', 422, 'invalid-input', '/projections/records/as-of?position=1&date=2013-01-01'],
    ['a look at a day that is none', 422, 'invalid-input', '/projections/records/as-of?date=2013-02-30'],
    ['a look beyond the log', 422, 'invalid-input', '/projections/records/as-of?position=99999999'],
    ['a collection that is not there', 422, 'invalid-input', '/projections/records/as-of?position=1&collection=none'],
    [
      'a document that was not there',
      404,
      'document-unknown',
      '/projections/records/as-of?position=1&collection=records&id=none',
    ],
    ['a cursor of one’s own making', 422, 'cursor-invalid', '/projections/records/as-of?position=1&collection=records&after=x'],
    ['an order of an auditor', 403, 'role-missing', '/projections/records/rebuild', why, 'he-qing'],
    ['a look of a publisher', 403, 'role-missing', '/projections', undefined, 'wang-lei'],
    [
      'an order that others have overtaken',
      412,
      'revision-stale',
      '/projections/records/pause',
      why,
      'wu-gang',
      { 'if-match': '"0"' },
    ],
  ];
  it.each(mistakes.map(mistake => ({ mistake, what: mistake[0], status: mistake[1], name: mistake[2] })))(
    '$what is answered with $status ($name), in Chinese and English, and changes nothing',
    async ({ mistake: [, status, name, path, body, as = 'wu-gang', headers = {}] }) => {
      const head = await headOf(house);
      const answer: Answer<Problem> = await ask(house, `${operations}${path}`, { as, headers, ...(body ? { body } : {}) });
      expect([answer.status, answer.type, answer.body['title']]).toEqual([
        status,
        expect.stringContaining('application/problem+json'),
        name,
      ]);
      expect(answer.body).toMatchObject({ detail: expect.stringMatching(/\p{Script=Han}/u), en: expect.stringMatching(/[a-z]/) });
      expect(await headOf(house)).toBe(head);
    },
  );

  it('nothing is shown without a token, and everything that may be looked at to an auditor', async () => {
    expect((await ask(house, `${operations}/projections`)).status).toBe(401);
    for (const path of ['/projections', '/projections/records', '/dead-letters'])
      expect((await look(path, 'he-qing')).status).toBe(200);
  });
});

describe('The operators’ page', () => {
  const page = (path: string, cookie?: string, form?: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${house.address}${path}`, {
      redirect: 'manual',
      headers: { ...(cookie ? { cookie } : {}), ...headers },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
  async function signedIn(person: string): Promise<string> {
    const answer = await page('/ops/session', undefined, { person, to: '/ops/projections/records' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/ops/projections/records']);
    expect(answer.headers.get('set-cookie')).toMatch(/; Path=\/ops; HttpOnly; SameSite=Strict$/);
    return answer.headers.get('set-cookie')!.split(';')[0]!;
  }

  it('asks who is there, and takes no token that is none, nor one without the role', async () => {
    expect(await (await page('/ops')).text()).toContain('运维登录');
    expect((await page('/ops', 'gongkai-ops=abc.def.ghi')).headers.get('cache-control')).toBe('no-store');
    expect((await page('/ops/session', undefined, { token: 'abc.def.ghi' })).status).toBe(401);
    const { token } = (await ask<{ token: string }>(house, '/api/v1/dev/session', { body: { person: 'wang-lei' } })).body;
    expect((await page('/ops/session', undefined, { token })).status).toBe(403);
    expect((await page('/ops/live')).status).toBe(401);
    const elsewhere = await page('/ops/session', undefined, { person: 'wu-gang', to: 'https://elsewhere.example/' });
    expect(elsewhere.headers.get('location')).toBe('/ops');
  });

  it('carries out a form once, however often it is sent, and says what came of it', async () => {
    const cookie = await signedIn('wu-gang');
    const head = await headOf(house);
    const form = { order: 'verify', reason: '抽查', once: 'a-key-of-this-page' };
    for (let times = 0; times < 2; times++) {
      const answer = await page('/ops/projections/records', cookie, form);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining(`命令记于位置 ${head + 1}`)]);
    }
    const refused = await page('/ops/projections/records', cookie, { order: 'resume', reason: '试', once: 'another' });
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('没有暂停')]);
    expect(await headOf(house)).toBe(head + 1);
  });

  it('takes nothing from another site, from an auditor, or in another shape', async () => {
    const cookie = await signedIn('wu-gang');
    const head = await headOf(house);
    const form = { order: 'pause', reason: '试' };
    expect((await page('/ops/projections/records', cookie, form, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await page('/ops/projections/records', cookie, { order: 'destroy' })).status).toBe(422);
    expect((await page('/ops/projections/records', await signedIn('he-qing'), form)).status).toBe(403);
    expect((await page('/ops/projections/nowhere', cookie)).status).toBe(404);
    expect((await page('/ops/dead-letters/records/seven', cookie)).status).toBe(422);
    const json = await fetch(`${house.address}/ops/projections/records`, {
      ...{ method: 'POST', body: JSON.stringify(form) },
      headers: { cookie, 'content-type': 'application/json' },
    });
    expect(json.status).toBe(415);
    expect(await headOf(house)).toBe(head);
  });

  it('is told by the server when something has changed', async () => {
    const cookie = await signedIn('he-qing');
    const stopping = new AbortController();
    const { body, headers } = await fetch(`${house.address}/ops/live?projection=records`, {
      headers: { cookie },
      signal: stopping.signal,
    });
    expect(headers.get('content-type')).toContain('text/event-stream');
    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    const told = async (text: string) => {
      for (let all = ''; !all.includes(text);) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`it ended without ${text}: ${all}`);
        all += value;
      }
    };
    await told('已跟上');
    await order('/projections/records/pause', { reason: '维护窗口' });
    await told('已暂停');
    await order('/projections/records/resumption', { reason: '完毕' });
    await told('已跟上');
    stopping.abort();
  });
});
