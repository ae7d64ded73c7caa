import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSqliteEventStore } from '#event-store';
import { openDatabase } from '#sqlite';
import { ask, done, type House, newFolder, ready, start, startHouse, stop, until } from './house.js';

interface Health {
  status: string;
  doubts: object[];
  parked: object[];
}

describe('A view that was changed behind the log', () => {
  let house: House;
  const folder = newFolder();
  beforeAll(async () => {
    house = await startHouse({ folder, args: ['--empty'], env: { GONGKAI_REFOLD_SECONDS: '0.1' } });
    await ready(house);
  });
  afterAll(() => stop(house));

  const health = async () => (await ask<Health>(house, '/health/ready')).body;
  const healthIs = (status: string) =>
    until(60_000, house, async () => {
      const found = await health();
      return found.status === status ? found : undefined;
    });

  it('PR-01 turns readiness amber, with the key and the document named, until it is rebuilt', async () => {
    const unit = { id: 'jiuzai', name: '救灾处', kind: 'internal' };
    const written = await ask(house, '/api/v1/units', { as: 'wang-lei', body: unit });
    // Answered once the view holds it.
    const headers = { 'x-gongkai-position': written.headers.get('x-gongkai-position')! };
    expect((await ask(house, '/api/v1/units', { as: 'wang-lei', headers })).status).toBe(200);
    expect((await healthIs('ready')).doubts).toEqual([]);
    const db = await openDatabase(join(folder, 'views', 'catalogue.db'), { durability: 'normal' });
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%doc%'").all() as {
      name: string;
    }[];
    let changed = 0;
    for (const { name } of tables) {
      if (!/_g\d+_/.test(name) || name.includes('_text')) continue;
      changed += Number(
        db.prepare(`UPDATE "${name}" SET doc = replace(doc, '救灾处', '救济处') WHERE doc LIKE '%救灾处%'`).run().changes,
      );
    }
    db.close();
    expect(changed).toBeGreaterThan(0);
    const { doubts } = await healthIs('amber');
    expect(doubts).toContainEqual(expect.objectContaining({ room: 'catalogue', id: 'jiuzai', key: 'catalogue.unit-jiuzai' }));
    const { projection } = doubts[0] as { projection: string };
    const rebuilding = start('ops', { folder, args: ['rebuild', projection] });
    expect(await rebuilding.exited).toBe(0);
    expect((await healthIs('ready')).doubts).toEqual([]);
  });

  it('PR-17 a record of which an event waits for an operator turns it amber too, and one that was withdrawn meanwhile is not shown', async () => {
    const record = {
      ...{ unit: 'jiuzai', title: '冬春救助工作通知', body: '正文', category: 'regulations', topic: '民政/救灾' },
      ...{ content: 'policy', formedOn: '2026-01-05' },
    };
    const id = await done(house, 'chen-jing', '/records', record);
    await done(house, 'chen-jing', `/records/${id}/first-review`, {});
    await done(house, 'chen-jing', `/records/${id}/submission`, {});
    await done(house, 'example-officer', `/records/${id}/secrecy-review`, {});
    await done(house, 'lin-fang', `/records/${id}/approval`, {});
    await done(house, 'lin-fang', `/records/${id}/publication`, {});
    const shown = async () =>
      (await ask<{ items: { id: string }[] }>(house, '/api/v1/public-records')).body.items.map(one => one.id);
    expect(await shown()).toContain(id);
    const db = await openDatabase(join(folder, 'views', 'catalogue.db'), { durability: 'normal' });
    const { generation } = db
      .prepare("SELECT generation FROM generations WHERE projection = 'records' AND state = 'active'")
      .get() as {
      generation: number;
    };
    // The view comes to a stand, and says that it parked the key: what follows of it is not seen.
    db.prepare("INSERT INTO paused VALUES ('records', '李', '2026-01-05T00:00:00.000Z', '演练')").run();
    const letter = { projection: 'records', generation, position: 1, key: `catalogue.record-${id}`, state: 'parked' };
    db.prepare('INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?)').run('records', generation, 1, 'parked', JSON.stringify(letter));
    db.close();
    await done(house, 'lin-fang', `/records/${id}/withdrawal`, { why: '内容有误，另行公布' });
    await until(30_000, house, async () => ((await health()).parked.length > 0 ? true : undefined));
    await until(30_000, house, async () => ((await shown()).includes(id) ? undefined : true));
    expect((await ask(house, `/api/v1/public-records/${id}`)).status).toBe(410);
  });

  it('PR-14 a query that carries the position of a write waits for it, or says that it is not there yet', async () => {
    const asking = (position: string) =>
      ask(house, '/api/v1/records', { as: 'lin-fang', headers: { 'x-gongkai-position': position } });
    const written = await ask(house, '/api/v1/units', {
      as: 'wang-lei',
      body: { id: 'guihua', name: '规划处', kind: 'internal' },
    });
    const position = written.headers.get('x-gongkai-position')!;
    const late = await asking(position);
    expect(late).toMatchObject({ status: 503, body: { title: 'view-paused' } });
    const db = await openDatabase(join(folder, 'views', 'catalogue.db'), { durability: 'normal' });
    db.exec('DELETE FROM paused');
    db.close();
    expect(await until(30_000, house, async () => ((await asking(position)).status === 200 ? true : undefined))).toBe(true);
    for (let index = 0; index < 20; index++) {
      const body = { id: `shi-${index}`, name: `第${index}处`, kind: 'internal' };
      const at = (await ask(house, '/api/v1/units', { as: 'wang-lei', body })).headers.get('x-gongkai-position')!;
      const found = await ask<{ total: number }>(house, '/api/v1/units?limit=200', {
        as: 'wang-lei',
        headers: { 'x-gongkai-position': at },
      });
      expect(JSON.stringify(found.body)).toContain(`shi-${index}`);
    }
    expect(await asking('999999999')).toMatchObject({ status: 422, body: { title: 'position-unknown' } });
    expect((await asking('soon')).status).toBe(400);
  });
});

describe('A view that stands goes on showing what it showed, also after a restart', () => {
  const folder = newFolder();
  let house: House;
  const begin = async () => (house = await startHouse({ folder, args: ['--empty'] }));
  beforeAll(async () => {
    await begin();
    await ready(house);
  });
  afterAll(() => stop(house));

  async function register(id: string): Promise<string> {
    const body = { id, name: `${id}处`, kind: 'internal' };
    const { status, headers } = await ask(house, '/api/v1/units', { as: 'wang-lei', body });
    expect(status).toBe(201);
    return headers.get('x-gongkai-position')!;
  }
  const units = (position?: string) =>
    ask<{ title: string; items: { id: string }[] }>(house, '/api/v1/units', {
      as: 'wang-lei',
      ...(position === undefined ? {} : { headers: { 'x-gongkai-position': position } }),
    });
  const shown = async () => {
    const { status, body } = await units();
    return { status, ids: body.items?.map(({ id }) => id) };
  };
  const state = async (view = 'records') => {
    const { rooms } = (await ask<{ rooms: { runners: { name: string; state: string }[] }[] }>(house, '/health/status')).body;
    return rooms.flatMap(({ runners }) => runners).find(({ name }) => name === view)?.state;
  };

  it('where an operator has paused it', async () => {
    expect((await units(await register('jiuzai'))).status).toBe(200);
    expect(await start('ops', { folder, args: ['projections', 'pause', 'records', '--reason', '演练'] }).exited).toBe(0);
    await until(30_000, house, async () => ((await state()) === 'paused' ? true : undefined));
    const later = await register('guihua');
    await stop(house);
    await begin();
    await until(30_000, house, async () => ((await state()) === 'paused' ? true : undefined));
    expect(await shown()).toEqual({ status: 200, ids: ['jiuzai'] });
    expect((await ask(house, '/')).status).toBe(200);
    expect(await units(later)).toMatchObject({ status: 503, body: { title: 'view-paused' } });
    await until(30_000, house, async () => ((await ask<Health>(house, '/health/ready')).status === 200 ? true : undefined));
    expect(await start('ops', { folder, args: ['projections', 'resume', 'records'] }).exited).toBe(0);
    await until(30_000, house, async () => ((await units(later)).status === 200 ? true : undefined));
  });

  it('but nothing is decided on it that needs what it does not hold, and why is said', async () => {
    const order = (...args: string[]) => start('ops', { folder, args: ['projections', ...args] }).exited;
    for (const name of ['channels', 'annual-report']) {
      expect(await order('pause', name, '--reason', '演练')).toBe(0);
      await until(30_000, house, async () => ((await state(name)) === 'paused' ? true : undefined));
    }
    await register('zhanlan');
    const closing = ['/api/v1/reports/2025/closing', { as: 'zhou-ping', body: {} }] as const;
    // Nothing that concerns the report has come since it was paused.
    expect((await ask(house, ...closing)).status).toBeLessThan(500);
    const section = { text: '加强培训', invented: false };
    expect((await ask(house, '/api/v1/reports/2025/sections/problems', { as: 'zhou-ping', body: section })).status).toBeLessThan(
      300,
    );
    const commands = {
      '/api/v1/outlets': {
        as: 'wang-lei',
        body: { id: 'shi-tv', name: '市电视台', tier: 'city', tierName: '市级', from: '2026-01-05' },
      },
      [closing[0]]: closing[1],
    };
    for (const [path, command] of Object.entries(commands))
      expect(await ask(house, path, command)).toMatchObject({ status: 503, body: { title: 'view-paused' } });
    for (const name of ['channels', 'annual-report']) expect(await order('resume', name)).toBe(0);
    for (const [path, command] of Object.entries(commands))
      await until(30_000, house, async () => ((await ask(house, path, command)).status < 500 ? true : undefined));
  });

  it('but one that was paused in the making shows nothing, and is waited for', async () => {
    await stop(house);
    rmSync(join(folder, 'views'), { recursive: true });
    expect(await start('ops', { folder, args: ['projections', 'pause', 'channels', '--reason', '演练'] }).exited).toBe(0);
    await begin();
    await until(30_000, house, async () => ((await state('channels')) === 'paused' ? true : undefined));
    const channels = () => ask<{ title: string }>(house, '/api/v1/channels');
    expect(await channels()).toMatchObject({ status: 503, body: { title: 'view-paused' } });
    const waited = async () => (await ask<{ waiting: string[] }>(house, '/health/ready')).body.waiting;
    await until(30_000, house, async () => ((await waited()).length === 1 ? true : undefined));
    expect(await waited()).toEqual(['channels']);
    expect(await start('ops', { folder, args: ['projections', 'resume', 'channels'] }).exited).toBe(0);
    await until(30_000, house, async () => ((await channels()).status === 200 ? true : undefined));
    expect((await ask<Health>(house, '/health/ready')).status).toBe(200);
  });

  it('PR-16 where it stands before an event that only a newer program knows', async () => {
    const store = await openSqliteEventStore(join(folder, 'events.db'));
    const stream = 'catalogue.unit-xinxi';
    const event = { id: '0198f0f0-0000-7000-8000-000000000099', type: 'UnitRegistered', version: 99, data: {}, metadata: {} };
    await store.append(stream, [event] as never, 'none');
    const position = String(await store.head());
    await store.close();
    await until(30_000, house, async () => ((await state()) === 'failed' ? true : undefined));
    expect(await shown()).toEqual({ status: 200, ids: ['guihua', 'jiuzai', 'zhanlan'] });
    await stop(house);
    await begin();
    await until(30_000, house, async () => ((await state()) === 'failed' ? true : undefined));
    expect(await shown()).toEqual({ status: 200, ids: ['guihua', 'jiuzai', 'zhanlan'] });
    expect(await units(position)).toMatchObject({ status: 503, body: { title: 'view-stopped' } });
  });
});
