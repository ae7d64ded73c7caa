import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, describe } from '@jest/globals';
import { span, startTracing, type Tracing } from './index.js';

/** A collector: keeps what it is sent. */
describe('tracing', () => {
  const bodies: string[] = [];
  let collector: Server;
  let tracing: Tracing;
  beforeAll(async () => {
    collector = createServer((request, response) => {
      void bodyOf(request).then(body => {
        bodies.push(body);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve));
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    tracing = await startTracing('spec', process.env);
  });
  afterAll(async () => {
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    await new Promise(resolve => collector.close(resolve));
  });

  it('sends what one call caused as one trace, in whatever order and process, and what failed as failed', async () => {
    await span('GET /records', 'call-1', { room: 'gateway' }, async () => {});
    await span('project', 'call-1', { projection: 'records' }, async () => {});
    await expect(
      span('project', 'call-2', {}, async () => {
        throw new RangeError('broken');
      }),
    ).rejects.toThrow('broken');
    await tracing.stop();
    const spans = bodies.flatMap(body => spansOf(JSON.parse(body)));
    const [first, second, third] = spans;
    expect(spans.map(one => one.name)).toEqual(['GET /records', 'project', 'project']);
    expect(first!.traceId).toBe(second!.traceId);
    expect(third!.traceId).not.toBe(first!.traceId);
    expect(third!.status.code).toBe(2);
    expect(JSON.stringify(first!.attributes)).toContain('call-1');
  });

  it('without an endpoint does the work and loads nothing', async () => {
    const quiet = await startTracing('spec', {});
    expect(await span('work', 'call-3', {}, async () => 7)).toBe(7);
    await quiet.stop();
  });
});

interface Sent {
  name: string;
  traceId: string;
  status: { code?: number };
  attributes: unknown;
}

function spansOf(body: { resourceSpans: { scopeSpans: { spans: Sent[] }[] }[] }): Sent[] {
  return body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
