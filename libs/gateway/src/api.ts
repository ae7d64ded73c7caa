import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type Accepted,
  type Actor,
  type Ask,
  checkInput,
  checkRole,
  isRefusal,
  type Operation,
  type Page,
  refuse,
  type Refusal,
  roleSchema,
  type Task,
} from '#contracts';
import { derivedId, newCommandId } from '#commands';
import type { House } from '#messaging';
import type { Clock, Tokens } from '#platform';
import { askRooms } from './ask-rooms.js';
import { problem, problemOf, sendProblem, tooMany } from './problem.js';
import { type Route, routes, taskQueries } from './routes.js';

export interface ApiParts {
  house: House;
  tokens: Tokens;
  clock: Clock;
  /** Resolves to false where the actor has asked too often. */
  withinLimit(actor: Actor, request: FastifyRequest): Promise<boolean>;
}

/** Registers every route: shape, role and actor are checked, then one room is asked, once. */
export function registerApi(fastify: FastifyInstance, parts: ApiParts): void {
  for (const route of routes) {
    fastify.route({
      method: route.method,
      url: `/api/v1${route.path.replace(/\{(\w+)\}/g, ':$1')}`,
      handler: (request, reply) => answer(route, request, reply, parts),
    });
  }
  fastify.get('/api/v1/tasks', (request, reply) => answerTasks(request, reply, parts));
}

async function answer(
  { method, operation }: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  parts: ApiParts,
): Promise<FastifyReply> {
  const bearer = await bearerOf(request, parts);
  if (isRefusal(bearer)) return sendProblem(reply, problemOf(bearer));
  const denied = checkRole(operation, bearer?.actor ?? null);
  if (denied) return sendProblem(reply, problemOf(denied));
  if (bearer && !(await parts.withinLimit(bearer.actor, request))) {
    return sendProblem(reply, tooMany);
  }
  const input = inputOf(method, request, operation);
  if (isRefusal(input)) return sendProblem(reply, problemOf(input));
  const headers = headersOf(request);
  if ('status' in headers) return sendProblem(reply, headers);
  const correlationId = request.id;
  const ask: Ask = {
    input,
    correlationId,
    ...(bearer ? { token: bearer.token } : {}),
    ...(operation.kind === 'command'
      ? { commandId: commandId(request, bearer!.actor, headers.idempotencyKey, parts.clock) }
      : {}),
    ...(operation.kind === 'command' && headers.ifMatch !== undefined ? { ifMatch: headers.ifMatch } : {}),
    ...(headers.atLeast === undefined ? {} : { atLeast: headers.atLeast }),
  };
  const replied = await askRooms(parts.house, operation, ask);
  if (isRefusal(replied)) return sendProblem(reply, problemOf(replied));
  if (operation.kind === 'command') {
    const accepted = replied.ok as Accepted;
    return reply
      .code(operation.creates ? 201 : 200)
      .header('etag', `"${accepted.revision}"`)
      .header('x-gongkai-position', String(accepted.position))
      .send(accepted);
  }
  const body = replied.ok as Partial<Page<unknown>> & { revision?: number };
  if (operation.personalAnswer) reply.header('cache-control', 'no-store');
  if (typeof body.revision === 'number') reply.header('etag', `"${body.revision}"`);
  return reply.send(typeof body.next === 'string' ? { ...body, next: nextAddress(request, body.next) } : body);
}

async function answerTasks(request: FastifyRequest, reply: FastifyReply, parts: ApiParts): Promise<FastifyReply> {
  const bearer = await bearerOf(request, parts);
  if (isRefusal(bearer)) return sendProblem(reply, problemOf(bearer));
  const denied = checkRole(taskQueries[0]!, bearer?.actor ?? null);
  if (denied) return sendProblem(reply, problemOf(denied));
  if (!(await parts.withinLimit(bearer!.actor, request))) return sendProblem(reply, tooMany);
  const input = inputOf('GET', request, taskQueries[0]!);
  if (isRefusal(input)) return sendProblem(reply, problemOf(input));
  const replies = await Promise.all(
    taskQueries.map(query => parts.house.ask<Task[]>(query, { input: {}, correlationId: request.id, token: bearer!.token })),
  );
  const refused = replies.find(isRefusal);
  if (refused) return sendProblem(reply, problemOf(refused));
  const items = replies
    .flatMap(replied => (isRefusal(replied) ? [] : replied.ok))
    .sort((a, b) => (a.dueOn ?? '9999').localeCompare(b.dueOn ?? '9999') || a.since.localeCompare(b.since));
  return reply.send({ total: items.length, items, next: null });
}

async function bearerOf(
  request: FastifyRequest,
  { tokens }: Pick<ApiParts, 'tokens'>,
): Promise<{ actor: Actor; token: string } | null | Refusal> {
  const header = request.headers.authorization;
  if (header === undefined) return null;
  const token = /^Bearer ([\w.~+/=-]+)$/i.exec(header)?.[1];
  const bearer = token === undefined ? null : await tokens.verify(token);
  if (!bearer)
    return refuse('unauthenticated', 'token-invalid', {
      zh: '令牌无效或已过期，请重新登录。',
      en: 'The token is not valid or has expired; sign in again.',
    });
  const roles = bearer.roles.filter(role => roleSchema.safeParse(role).success) as Actor['roles'];
  return { actor: { ...bearer, roles }, token: token! };
}

function inputOf(method: string, request: FastifyRequest, operation: Operation): Record<string, unknown> | Refusal {
  const params = request.params as Record<string, string>;
  const given = method === 'GET' ? request.query : (request.body ?? {});
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return refuse(
      'invalid',
      'invalid-input',
      { zh: '正文须是一个 JSON 对象。', en: 'The body must be a JSON object.' },
      { issues: [{ path: '', zh: '应为对象', en: 'must be an object' }] },
    );
  }
  const twice = Object.keys(params).filter(name => name in given);
  const input = { ...given, ...params };
  const checked = checkInput(operation, input);
  if (isRefusal(checked)) return checked;
  if (twice.length > 0) {
    return refuse(
      'invalid',
      'invalid-input',
      {
        zh: `${twice.join('、')} 已在地址中，正文不能再写。`,
        en: `${twice.join(', ')} stands in the address and may not stand in the body.`,
      },
      { issues: twice.map(path => ({ path, zh: '已在地址中', en: 'stands in the address' })) },
    );
  }
  return input;
}

function headersOf(
  request: FastifyRequest,
): { idempotencyKey?: string; ifMatch?: number; atLeast?: number } | ReturnType<typeof problem> {
  const key = request.headers['idempotency-key'];
  const ifMatch = request.headers['if-match'];
  const position = request.headers['x-gongkai-position'];
  if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key))) {
    return problem(400, 'idempotency-key-malformed', {
      zh: 'Idempotency-Key 须为 1 到 200 个可见的 ASCII 字符。',
      en: 'Idempotency-Key must be 1 to 200 visible ASCII characters.',
    });
  }
  if (ifMatch !== undefined && ifMatch !== '*' && !/^"\d{1,9}"$/.test(ifMatch)) {
    return problem(400, 'if-match-malformed', {
      zh: 'If-Match 须是 ETag 给出的版本，如 "3"。',
      en: 'If-Match must be a revision as the ETag gives it, like "3".',
    });
  }
  if (position !== undefined && (typeof position !== 'string' || !/^\d{1,15}$/.test(position))) {
    return problem(400, 'position-malformed', {
      zh: 'X-Gongkai-Position 须是一个整数。',
      en: 'X-Gongkai-Position must be an integer.',
    });
  }
  return {
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(ifMatch === undefined || ifMatch === '*' ? {} : { ifMatch: Number(ifMatch.slice(1, -1)) }),
    ...(position === undefined ? {} : { atLeast: Number(position) }),
  };
}

/** The same key of the same actor at the same address is the same command. */
function commandId(request: FastifyRequest, actor: Actor, key: string | undefined, clock: Clock): string {
  if (key === undefined) return newCommandId(clock.now());
  return derivedId('', actor.person, request.method, request.url.split('?')[0]!, key);
}

function nextAddress(request: FastifyRequest, cursor: string): string {
  const address = new URL(request.url, 'http://gateway');
  address.searchParams.set('after', cursor);
  return address.pathname + address.search;
}

export function newCorrelationId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.-]{1,100}$/.test(given) ? given : randomUUID();
}
