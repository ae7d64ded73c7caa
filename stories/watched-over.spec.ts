import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabase } from '#sqlite';
import { ask, done, type House, newFolder, ready, start, startHouse, stop, until } from './house.js';

interface Span {
  name: string;
  traceId: string;
}

const token = 'for-prometheus-only';

describe('A house that is watched over', () => {
  const spans: Span[] = [];
  const folder = newFolder();
  let collector: Server;
  let house: House;
  beforeAll(async () => {
    collector = createServer((request, response) => {
      void bodyOf(request).then(body => {
        spans.push(...spansOf(body));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '100', GONGKAI_METRICS_TOKEN: token };
    house = await startHouse({ folder, args: ['--empty'], env });
    await ready(house);
  });
  afterAll(async () => {
    await stop(house);
    await new Promise(resolve => collector.close(resolve));
  });

  const metrics = async () => {
    const { status, body } = await ask<{ text: string }>(house, '/metrics', { headers: { authorization: `Bearer ${token}` } });
    expect(status).toBe(200);
    return body.text;
  };
  const valueOf = (text: string, line: string) =>
    Number(new RegExp(`^${line.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);

  it('tells Prometheus how far each projection is, and nobody who has not the token', async () => {
    await done(house, 'wang-lei', '/units', { id: 'jiuzai', name: '救灾处', kind: 'internal' });
    const records = 'room="catalogue",projection="records",generation="1"';
    const text = await until(30_000, house, async () => {
      const found = await metrics();
      return valueOf(found, `gongkai_projection_events_total{${records}}`) > 0 ? found : undefined;
    });
    expect(valueOf(text, `gongkai_projection_lag_events{${records},state="active"}`)).toBe(0);
    expect(valueOf(text, `gongkai_projection_lag_seconds{${records},state="active"}`)).toBe(0);
    expect(valueOf(text, `gongkai_dead_letters{room="catalogue",projection="records",state="parked"}`)).toBe(0);
    expect(valueOf(text, `gongkai_projection_retries_total{room="catalogue",projection="records"}`)).toBe(0);
    for (const room of ['catalogue', 'channels', 'requests', 'statistics'])
      expect(valueOf(text, `gongkai_room_up{room="${room}"}`)).toBe(1);
    expect(text).toMatch(/gongkai_http_request_duration_seconds_count\{method="POST",route="\/api\/v1\/units",status="201"\} 1/);
    expect((await ask(house, '/metrics')).status).toBe(401);
    expect((await ask(house, '/metrics', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  });

  it('shows how far a rebuild has come, and where it stands once it is done', async () => {
    const ops = async (...args: string[]) => expect(await start('ops', { folder, args }).exited).toBe(0);
    await ops('projections', 'pause', 'records', '--reason', '演练');
    // A build half-way, held still so that there is time to look.
    const db = await openDatabase(join(folder, 'views', 'catalogue.db'), { durability: 'normal' });
    db.exec("INSERT INTO generations VALUES ('records', 77, 1, 'building', 2000000, '{}', '{}')");
    db.exec("INSERT INTO checkpoints VALUES ('records', 77, 0, 1000000, '{}', 0)");
    const building = 'room="catalogue",projection="records",generation="77",state="building"';
    const half = await until(30_000, house, async () => {
      const found = await metrics();
      return found.includes(building) ? found : undefined;
    });
    expect(valueOf(half, `gongkai_projection_build_progress{${building}}`)).toBe(0.5);
    expect(valueOf(half, 'gongkai_projection_paused{room="catalogue",projection="records"}')).toBe(1);
    db.exec('DELETE FROM generations WHERE generation = 77; DELETE FROM checkpoints WHERE generation = 77');
    db.close();
    await ops('projections', 'resume', 'records', '--reason', '演练');
    await ops('rebuild', 'records', '--hold', '--reason', '演练');
    const ready = 'room="catalogue",projection="records",generation="2",state="ready"';
    const whole = await until(30_000, house, async () => {
      const found = await metrics();
      return found.includes(`gongkai_projection_lag_events{${ready}} 0`) ? found : undefined;
    });
    expect(whole).not.toContain('gongkai_projection_build_progress{');
  });

  it('sends one trace from the call over HTTP to the projected document, under the caller’s own id; ops trace shows the same walk', async () => {
    const headers = { 'x-correlation-id': 'story-of-one-unit' };
    const body = { id: 'jijin', name: '基金处', kind: 'internal' };
    expect((await ask(house, '/api/v1/units', { as: 'wang-lei', body, headers })).status).toBe(201);
    const names = await until(30_000, house, async () => {
      const call = spans.find(({ name }) => name === 'POST /api/v1/units' && spans.some(one => one.name.startsWith('project ')));
      const own = spans.filter(({ traceId }) => traceId === spans.findLast(({ name }) => name === 'POST /api/v1/units')?.traceId);
      const found = new Set(own.map(({ name }) => name));
      return call && found.has('project records') && found.size >= 3 ? found : undefined;
    });
    expect(names).toContain('POST /api/v1/units');
    expect(names).toContain('catalogue.unit.register');
    const traced = start('ops', { folder, args: ['trace', 'story-of-one-unit'] });
    expect(await traced.exited).toBe(0);
    expect(traced.said()).toMatch(/records.*units jijin/);
  });
});

function spansOf(body: string): Span[] {
  const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
