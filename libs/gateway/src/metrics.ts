import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { House, RoomMetrics } from '#messaging';
import { spanSince } from '#tracing';
import { problem, sendProblem } from './problem.js';
import { rooms } from './routes.js';

const answerWithinMs = 2_000;
/** Whoever scrapes more often is told the same again. */
const askAgainMs = 1_000;
const unfinished = ['building', 'catching-up', 'verifying'];

interface MetricsParts {
  house: House;
  token: string | undefined;
  open: boolean;
}

/**
 * `GET /metrics` in the text format of Prometheus: what every room tells of its projections, and the gateway's own requests and
 * process. For the token's bearer only; for everybody where it is `open` and none is configured. Each request is a span as well.
 */
export function registerMetrics(fastify: FastifyInstance, { house, token, open }: MetricsParts): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'gongkai_' });
  const requests = new Histogram({
    name: 'gongkai_http_request_duration_seconds',
    help: 'Requests answered by the gateway, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const tell = roomGauges(registry);
  let askedAt = -Infinity;
  let told: Promise<Parameters<typeof tell>[0]> = Promise.resolve([]);

  fastify.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { method, id } = request;
    requests.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
    const facts = { 'http.request.method': method, 'http.route': route, 'http.response.status_code': reply.statusCode };
    spanSince(`${method} ${route}`, id, facts, Date.now() - reply.elapsedTime);
  });
  fastify.get('/metrics', async (request, reply) => {
    if (token === undefined ? !open : !holds(request, token)) {
      return sendProblem(
        reply,
        problem(401, 'token-missing', {
          zh: '请设置 GONGKAI_METRICS_TOKEN，并在 Authorization 中用它。',
          en: 'Set GONGKAI_METRICS_TOKEN, and send it in Authorization as a bearer token.',
        }),
      );
    }
    if (performance.now() - askedAt > askAgainMs) {
      askedAt = performance.now();
      told = Promise.all(rooms.map(async room => [room, await metricsOf(house, room, request.id)] as const));
    }
    tell(await told);
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

async function metricsOf(house: House, room: string, correlationId: string): Promise<RoomMetrics | null> {
  const told: unknown = await house.ask({ subject: `${room}.metrics` }, { input: {}, correlationId }, answerWithinMs);
  return told !== null && typeof told === 'object' && 'projections' in told ? (told as RoomMetrics) : null;
}

/** What the rooms told last replaces what they told before: a generation that was dropped is gone from here too. */
function roomGauges(registry: Registry): (answers: readonly (readonly [string, RoomMetrics | null])[]) => void {
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge({ name: `gongkai_${name}`, help, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name: `gongkai_${name}`, help, labelNames, registers });
  const of = ['room', 'projection'] as const;
  const up = gauge('room_up', '1 where the room answers and its event store too.', 'room');
  const position = gauge('projection_position', 'Everything up to here is in the documents.', ...of, 'generation', 'state');
  const lag = gauge('projection_lag_events', 'Events that are stored and not yet accounted for.', ...of, 'generation', 'state');
  const age = gauge('projection_lag_seconds', 'Age of the oldest of them.', ...of, 'generation', 'state');
  const progress = gauge('projection_build_progress', 'Of a build, from 0 to 1.', ...of, 'generation', 'state');
  const paused = gauge('projection_paused', '1 where an operator paused it.', ...of);
  const letters = gauge('dead_letters', 'Events not digested, of what readers see.', ...of, 'state');
  const doubts = gauge('documents_in_doubt', 'Documents that are not the fold of their events.', 'room');
  const events = counter('projection_events_total', 'Events accounted for, by generation.', ...of, 'generation');
  const retries = counter('projection_retries_total', 'Further tries of events that failed.', ...of);
  const all = [up, position, lag, age, progress, paused, letters, doubts, events, retries];

  return answers => {
    for (const one of all) one.reset();
    for (const [room, told] of answers) {
      up.set({ room }, told ? 1 : 0);
      if (!told) continue;
      doubts.set({ room }, told.doubts);
      for (const [projection, count] of Object.entries(told.retries)) retries.inc({ room, projection }, count);
      for (const { projection, generations, active, paused: stands } of told.projections) {
        paused.set({ room, projection }, stands ? 1 : 0);
        for (const one of generations) {
          const labels = { room, projection, generation: one.number, state: one.state };
          position.set(labels, one.position);
          lag.set(labels, one.lagEvents);
          age.set(labels, one.lagSeconds);
          if (unfinished.includes(one.state)) progress.set(labels, one.progress);
          events.inc({ room, projection, generation: one.number }, one.events);
          if (one.number !== active) continue;
          for (const [state, count] of Object.entries(one.deadLetters)) letters.set({ room, projection, state }, count);
        }
      }
    }
  };
}

function holds({ headers }: FastifyRequest, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
