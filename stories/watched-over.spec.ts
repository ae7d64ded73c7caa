import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
  }, 60_000);
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
  }, 60_000);

  it('shows the progress of a rebuild that waits', async () => {
    const rebuilding = start('ops', { folder, args: ['rebuild', 'records', '--hold', '--reason', '演练'] });
    expect(await rebuilding.exited).toBe(0);
    const text = await metrics();
    expect(
      valueOf(text, 'gongkai_projection_lag_events{room="catalogue",projection="records",generation="2",state="ready"}'),
    ).toBe(0);
  }, 60_000);

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
  }, 60_000);
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
