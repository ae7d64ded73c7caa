import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Actor, checkRole, isRefusal, listProjections, type Operation, type Refusal } from '#contracts';
import type { House } from '#messaging';
import { liveScript, operationsAnswer, operationsFragment, signInPage, type Site } from '#pages';
import type { Config, Log, Tokens } from '#platform';
import { askRooms } from './ask-rooms.js';
import { developmentPeople } from './development.js';

interface DeskParts {
  house: House;
  tokens: Tokens;
  config: Config;
  log: Log;
  site(): Site;
  /** The development sign-in is offered to this asker. */
  developmentOpen(request: FastifyRequest): boolean;
}

const cookie = 'gongkai-ops';
const watchersMax = 20;
const lookMs = 1_000;
const aliveMs = 15_000;
const formMaxBytes = 16 * 1024;

/**
 * The operators' page. A browser keeps no bearer token, so the token is given once and kept in a cookie that no script reads and no
 * other site sends; it is verified at every use, like any other.
 */
export async function registerOperationsDesk(fastify: FastifyInstance, parts: DeskParts): Promise<void> {
  const { house, tokens, config, site, developmentOpen } = parts;
  const people = (request: FastifyRequest) =>
    developmentOpen(request) ? developmentPeople.filter(person => maySee(person) === undefined) : [];
  const signIn = (request: FastifyRequest, reply: FastifyReply, refusal?: Refusal) =>
    send(reply, signInPage(site(), '/ops', queryOf(request), { people: people(request), ...(refusal ? { refusal } : {}) }));
  let watchers = 0;

  fastify.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: formMaxBytes },
    (_, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
  );

  fastify.get('/ops', async (request, reply) => {
    const bearer = await bearerOf(request, tokens);
    if (!bearer) return signIn(request, reply);
    const denied = maySee(bearer.actor);
    if (denied) return signIn(request, reply, denied);
    return send(reply, await operationsAnswer(site(), '/ops', queryOf(request), asker(house, request, bearer.token)));
  });

  fastify.post('/ops/session', async (request, reply) => {
    const { token: given = '', person = '' } = (request.body ?? {}) as Record<string, string>;
    const known = people(request).find(one => one.person === person);
    const token = known ? await tokens.sign!({ ...known, roles: [...known.roles] }) : given.trim();
    const bearer = await verified(token, tokens);
    if (!bearer) return signIn(request, reply, notValid);
    const denied = maySee(bearer);
    if (denied) return signIn(request, reply, denied);
    const secure = config.production ? '; Secure' : '';
    reply.header('set-cookie', `${cookie}=${token}; Path=/ops; HttpOnly; SameSite=Strict${secure}`);
    return reply.redirect('/ops', 303);
  });

  fastify.post('/ops/leaving', async (_, reply) => {
    reply.header('set-cookie', `${cookie}=; Path=/ops; HttpOnly; SameSite=Strict; Max-Age=0`);
    return reply.redirect('/ops', 303);
  });

  fastify.get('/ops/live.js', async (_, reply) => reply.type('text/javascript; charset=utf-8').send(liveScript));

  fastify.get('/ops/live', async (request, reply) => {
    const bearer = await bearerOf(request, tokens);
    const refusal = bearer ? maySee(bearer.actor) : notValid;
    if (refusal)
      return reply
        .code(bearer ? 403 : 401)
        .type('text/plain; charset=utf-8')
        .send(refusal.zh);
    if (watchers >= watchersMax)
      return reply.code(503).header('retry-after', '30').type('text/plain; charset=utf-8').send('观看的人太多，请稍后再试。');
    watchers += 1;
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const gone = new Promise<void>(resolve => raw.on('close', resolve));
    try {
      await watch(raw, gone, () => operationsFragment(site(), '/ops', queryOf(request), asker(house, request, bearer!.token)));
    } finally {
      watchers -= 1;
      raw.end();
    }
    return reply;
  });
}

/** Sends the fragment whenever it is another one, until the browser has gone; a comment now and then shows that the line is alive. */
async function watch(
  raw: NodeJS.WritableStream & { destroyed?: boolean },
  gone: Promise<void>,
  look: () => Promise<string | Refusal>,
): Promise<void> {
  let last = '';
  let spokeAt = performance.now();
  let over = false;
  void gone.then(() => (over = true));
  while (!over) {
    const fragment = await look();
    const data = isRefusal(fragment) ? `<p role="alert">▲ ${escaped(fragment.zh)}</p>` : fragment;
    if (data !== last) raw.write(`data: ${JSON.stringify(data)}\n\n`);
    else if (performance.now() - spokeAt > aliveMs) raw.write(': alive\n\n');
    if (data !== last || performance.now() - spokeAt > aliveMs) spokeAt = performance.now();
    last = data;
    await Promise.race([gone, new Promise(resolve => setTimeout(resolve, lookMs))]);
  }
}

const notValid: Refusal = {
  refused: 'unauthenticated',
  name: 'token-invalid',
  zh: '令牌无效或已过期，请重新登录。',
  en: 'The token is not valid or has expired; sign in again.',
};

function maySee(actor: Actor): Refusal | undefined {
  return checkRole(listProjections, actor);
}

function asker(house: House, request: FastifyRequest, token: string) {
  return <T>(operation: Operation, input: Record<string, unknown>) =>
    askRooms<T>(house, operation, { input, correlationId: request.id, token });
}

async function bearerOf(request: FastifyRequest, tokens: Tokens): Promise<{ actor: Actor; token: string } | null> {
  const token = new RegExp(`(?:^|; )${cookie}=([\\w.~+/=-]+)`).exec(request.headers.cookie ?? '')?.[1];
  const actor = token === undefined ? null : await verified(token, tokens);
  return actor ? { actor, token: token! } : null;
}

async function verified(token: string, tokens: Tokens): Promise<Actor | null> {
  return /^[\w.~+/=-]+$/.test(token) ? ((await tokens.verify(token)) as Actor | null) : null;
}

function queryOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(request.url.split('?')[1] ?? '');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function send(reply: FastifyReply, answer: { status: number; contentType: string; body: string }): FastifyReply {
  return reply.code(answer.status).header('cache-control', 'no-store').type(answer.contentType).send(answer.body);
}
