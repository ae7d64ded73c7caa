import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Actor, checkRole, isRefusal, type Operation, rebuildProjection, type Refusal } from '#contracts';
import { derivedId } from '#commands';
import type { House } from '#messaging';
import { type Desk, liveScript, operationsPage, operationsPart, type PageAnswer, signIn, type Site, standAt } from '#pages';
import type { Config, Tokens } from '#platform';
import type { Outcome } from '#projections';
import { askRooms } from '../ask-rooms.js';
import { developmentPeople } from '../development.js';
import { problem, sendProblem, tooMany } from '../problem.js';
import { sendLive } from './live.js';
import { type Form, orderIn } from './orders.js';
import { type Bearer, bearerIn, bearerOf, forgetToken, fromElsewhere, keepToken, mayLook, tokenInvalid } from './session.js';

export interface DeskParts {
  house: House;
  tokens: Tokens;
  config: Config;
  site(): Site;
  withinLimit(actor: Actor, request: FastifyRequest): Promise<boolean>;
  /** The development sign-in is offered to this asker. */
  developmentOpen(request: FastifyRequest): boolean;
}

const watchersMax = 20;
const formMaxBytes = 16 * 1024;
const pages = ['/ops', '/ops/projections/:projection', '/ops/dead-letters/:projection/:position'];

/** The operators' pages: rendered here, asked of the rooms with the operator's own token. */
export async function registerOperationsDesk(fastify: FastifyInstance, parts: DeskParts): Promise<void> {
  const { house, tokens, config, site, developmentOpen } = parts;
  let watchers = 0;

  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: formMaxBytes },
    (_, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
  );
  fastify.addHook('onRequest', async (request, reply) => {
    if (request.method === 'POST' && fromElsewhere(request)) return sendProblem(reply, otherSite);
  });

  for (const path of pages) {
    fastify.get(path, async (request, reply) => {
      const bearer = await admitted(request, reply);
      return bearer ? send(reply, await operationsPage(deskOf(request, bearer))) : reply;
    });
  }
  for (const path of pages.slice(1)) {
    fastify.post(path, async (request, reply) => {
      const bearer = await admitted(request, reply);
      if (!bearer) return reply;
      const said = await ordered(request, bearer);
      return said ? send(reply, await operationsPage({ ...deskOf(request, bearer), said })) : sendProblem(reply, noOrder);
    });
  }

  fastify.post('/ops/session', async (request, reply) => {
    const { token: given = '', person, to = '', lang } = formOf(request);
    const known = people(request).find(one => one.person === person);
    const token = known ? await tokens.sign!({ ...known, roles: [...known.roles] }) : given.trim();
    const bearer = await bearerOf(token, tokens);
    const refusal = bearer ? mayLook(bearer.actor) : tokenInvalid;
    if (refusal) return askToSignIn(request, reply, refusal);
    keepToken(reply, token, { secure: config.production });
    return reply.redirect(`${ours.test(to) ? to : '/ops'}${lang === undefined ? '' : '?lang=zh-Hant'}`, 303);
  });
  fastify.post('/ops/leaving', async (_, reply) => {
    forgetToken(reply);
    return reply.redirect('/ops', 303);
  });

  fastify.get('/ops/live.js', async (_, reply) => reply.type('text/javascript; charset=utf-8').send(liveScript));
  fastify.get('/ops/live', async (request, reply) => {
    const bearer = await bearerIn(request, tokens);
    const refusal = bearer ? mayLook(bearer.actor) : tokenInvalid;
    if (!bearer || refusal) {
      return reply
        .code(bearer ? 403 : 401)
        .type('text/plain; charset=utf-8')
        .send(refusal!.zh);
    }
    if (watchers >= watchersMax) return sendProblem(reply, tooManyWatchers);
    watchers += 1;
    try {
      const desk = deskOf(request, bearer);
      await sendLive(reply, () => operationsPart(desk, desk.here.query.get('projection')));
    } finally {
      watchers -= 1;
    }
  });

  /** Who asks, where they may look; else they were answered. */
  async function admitted(request: FastifyRequest, reply: FastifyReply): Promise<Bearer | null> {
    const bearer = await bearerIn(request, tokens);
    const refusal = bearer ? mayLook(bearer.actor) : undefined;
    if (!bearer || refusal) {
      await askToSignIn(request, reply, refusal);
      return null;
    }
    if (await parts.withinLimit(bearer.actor, request)) return bearer;
    await sendProblem(reply, tooMany);
    return null;
  }

  function people(request: FastifyRequest): Actor[] {
    return developmentOpen(request) ? developmentPeople.filter(person => mayLook(person) === undefined) : [];
  }

  function askToSignIn(request: FastifyRequest, reply: FastifyReply, refusal?: Refusal): FastifyReply {
    const { to = pathOf(request), lang } = formOf(request);
    const query = lang === undefined ? queryOf(request) : new URLSearchParams({ lang });
    const here = standAt(site(), ours.test(to) ? to : '/ops', query);
    return send(reply, signIn(here, { people: people(request), ...(refusal ? { refusal } : {}) }));
  }

  function deskOf(request: FastifyRequest, { actor, token }: Bearer): Desk {
    return {
      here: standAt(site(), pathOf(request), queryOf(request)),
      actor,
      mayOrder: checkRole(rebuildProjection, actor) === undefined,
      formKey: randomUUID(),
      ask: <T>(operation: Operation, input: Record<string, unknown>) =>
        askRooms<T>(house, operation, { input, correlationId: request.id, token }),
    };
  }

  /** A form that is sent twice is one order: what it was given with tells. Null where it orders nothing. */
  async function ordered(request: FastifyRequest, { actor, token }: Bearer): Promise<Outcome | Refusal | null> {
    const form = formOf(request);
    const order = orderIn(form, request.params as Form);
    if (!order) return null;
    const commandId = derivedId('', actor.person, 'POST', pathOf(request), form['once'] ?? randomUUID());
    const { operation, input } = order;
    const reply = await askRooms<Outcome>(house, operation, { input, correlationId: request.id, token, commandId });
    return isRefusal(reply) ? reply : reply.ok;
  }
}

const ours = /^\/ops(\/[\w%.-]+)*$/;

const otherSite = problem(403, 'other-site', {
  zh: '只接受从本站页面发出的操作。',
  en: 'Only what is sent from this site’s own pages is accepted.',
});
const noOrder = problem(422, 'order-invalid', { zh: '表单没有写明命令。', en: 'The form names no order.' });
const tooManyWatchers = problem(503, 'too-many-watchers', {
  zh: '同时观看的人太多，请稍后再试。',
  en: 'Too many look on at the same time; try again later.',
});

function formOf(request: FastifyRequest): Form {
  return (request.body ?? {}) as Form;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}

function queryOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(request.url.split('?')[1] ?? '');
}

function send(reply: FastifyReply, { status, contentType, body }: PageAnswer): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').type(contentType).send(body);
}
