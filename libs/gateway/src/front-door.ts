import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join, dirname } from 'node:path';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor, Operation } from '#contracts';
import type { House } from '#messaging';
import { cannotListen, type Clock, type Config, isLoopback, type Log, nestLogger, readFolder, type Tokens } from '#platform';
import { openPage, type Site } from '#pages';
import { newCorrelationId, registerApi } from './api.js';
import { developmentPeople } from './development.js';
import { GatewayModule } from './gateway.module.js';
import { registerHealth } from './health.js';
import { acceptJson } from './json-body.js';
import { registerMetrics } from './metrics.js';
import { openApi } from './openapi.js';
import { registerOperationsDesk } from './operations/desk.js';
import { problem, problemOfFault, sendProblem } from './problem.js';

export interface FrontDoorParts {
  config: Config;
  log: Log;
  clock: Clock;
  tokens: Tokens;
  house: House;
  /** False while the example year is being loaded. */
  loaded(): boolean;
}

const bodyMaxBytes = 512 * 1024;

/** Everything HTTP: the API, the pages, health. Call `listen` on what it returns. */
export async function openFrontDoor(parts: FrontDoorParts): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: bodyMaxBytes,
    genReqId: (request: { headers: Record<string, string | string[] | undefined> }) =>
      newCorrelationId(request.headers['x-correlation-id']),
    routerOptions: { maxParamLength: 500 },
    forceCloseConnections: true,
    frameworkErrors: (error: Error, _: FastifyRequest, reply: FastifyReply) => {
      sendProblem(reply, problemOfFault(error)!);
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.on(parts.house), adapter, {
    logger: nestLogger(parts.log),
    bodyParser: false,
    abortOnError: false,
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  await fastify.register(async door => openDoors(door, parts));
  app.enableShutdownHooks([]);
  return app;
}

async function openDoors(fastify: FastifyInstance, parts: FrontDoorParts): Promise<void> {
  const { config, log } = parts;
  if (config.production && !config.tokens.jwks && !config.tokens.keyFile) {
    log.warn('nobody can sign in: set GONGKAI_JWKS or GONGKAI_JWT_KEY / 没有配置令牌密钥，无人可以登录');
  }
  const exempt = (request: FastifyRequest) => !config.production && isLoopback(request.ip);
  await fastify.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        upgradeInsecureRequests: null,
      },
    },
    strictTransportSecurity: config.production,
  });
  await fastify.register(rateLimit, {
    max: config.limits.perAddress,
    timeWindow: '1 minute',
    allowList: request => exempt(request),
  });
  const perActor = fastify.createRateLimit({
    max: config.limits.perActor,
    timeWindow: '1 minute',
    keyGenerator: request => `actor:${(request as FastifyRequest & { actor?: string }).actor}`,
  });
  const developmentOpen = (request: FastifyRequest) =>
    !config.production && parts.tokens.sign !== undefined && isLoopback(config.host) && isLoopback(request.ip);

  fastify.removeAllContentTypeParsers();
  acceptJson(fastify);
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('x-correlation-id', request.id);
  });
  fastify.setErrorHandler((error, request, reply) => {
    if ((error as { code?: string }).code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
      // A sender that is cut off never gets to read the answer: what it still sends is read and thrown away.
      reply.removeHeader('connection');
      request.raw.resume();
    }
    const known = problemOfFault(error as Error);
    if (!known) log.error({ err: error, correlationId: request.id, route: request.routeOptions.url }, 'a fault');
    return sendProblem(
      reply,
      known ??
        problem(500, 'fault', {
          zh: `服务器出错，已记录，编号 ${request.id}。`,
          en: `A fault of ours; it is logged under ${request.id}.`,
        }),
    );
  });

  const withinLimit = async (actor: Actor, request: FastifyRequest): Promise<boolean> => {
    if (exempt(request)) return true;
    (request as FastifyRequest & { actor?: string }).actor = actor.person;
    const { isAllowed, isExceeded } = (await perActor(request)) as { isAllowed: boolean; isExceeded?: boolean };
    return isAllowed || !isExceeded;
  };
  registerApi(fastify, { ...parts, withinLimit });
  registerDevelopment(fastify, parts, developmentOpen);
  registerHealth(fastify, { ...parts, open: !config.production });
  registerMetrics(fastify, { house: parts.house, token: config.metricsToken, open: !config.production });
  registerDocs(fastify, developmentOpen);
  await fastify.register(desk =>
    registerOperationsDesk(desk, { ...parts, withinLimit, site: () => siteOf(config), developmentOpen }),
  );
  registerPages(fastify, parts);
}

function siteOf(config: Config): Site {
  const folder = readFolder(config.dataFolder);
  const example = folder?.holds === 'example';
  return { authority: folder?.authority ?? config.authority, example, loading: example && !folder.loaded };
}

function registerDevelopment(
  fastify: FastifyInstance,
  { tokens }: FrontDoorParts,
  open: (request: FastifyRequest) => boolean,
): void {
  fastify.get('/api/v1/dev/people', async (request, reply) =>
    open(request) ? { items: developmentPeople } : unknownAddress(request, reply),
  );
  fastify.post('/api/v1/dev/session', async (request, reply) => {
    if (!open(request)) return unknownAddress(request, reply);
    const asked = z.strictObject({ person: z.string() }).safeParse(request.body);
    const person = developmentPeople.find(one => one.person === asked.data?.person);
    if (!person)
      return sendProblem(
        reply,
        problem(
          422,
          'person-unknown',
          { zh: '请在 person 中写 /api/v1/dev/people 列出的人。', en: 'Name one of /api/v1/dev/people in `person`.' },
          { issues: [{ path: 'person', zh: '没有此人', en: 'unknown person' }] },
        ),
      );
    return { token: await tokens.sign!({ ...person, roles: [...person.roles] }) };
  });
}

function registerDocs(fastify: FastifyInstance, developmentOpen: (request: FastifyRequest) => boolean): void {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const files: Record<string, string> = {
    'swagger-ui.css': 'text/css',
    'swagger-ui-bundle.js': 'text/javascript',
    'swagger-ui-standalone-preset.js': 'text/javascript',
    'favicon-32x32.png': 'image/png',
  };
  fastify.get('/api/openapi.json', async request => openApi(developmentOpen(request)));
  fastify.get('/api/docs', async (_, reply) =>
    reply.type('text/html; charset=utf-8')
      .send(`<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>公开 API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css"><link rel="icon" href="/api/docs/favicon-32x32.png"></head>
<body><div id="swagger-ui"></div><script src="/api/docs/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script></body></html>`),
  );
  fastify.get('/api/docs/start.js', async (_, reply) =>
    reply.type('text/javascript').send("SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#swagger-ui' });"),
  );
  for (const [file, type] of Object.entries(files)) {
    fastify.get(`/api/docs/${file}`, async (_, reply) => reply.type(type).send(readFileSync(join(folder, file))));
  }
}

function registerPages(fastify: FastifyInstance, { house, config }: FrontDoorParts): void {
  fastify.get('/*', async (request, reply) => {
    // Split by hand: to the URL parser `//name` is a host, not a path.
    const [pathname = '/', query = ''] = request.url.split('?', 2);
    const page = await openPage(
      pathname,
      new URLSearchParams(query),
      <T>(operation: Operation, input: Record<string, unknown>) => house.ask<T>(operation, { input, correlationId: request.id }),
      siteOf(config),
    );
    if (!page) return unknownAddress(request, reply);
    return reply.code(page.status).type(page.contentType).send(page.body);
  });
  fastify.route({
    method: fastify.supportedMethods.filter(method => method !== 'GET' && method !== 'HEAD'),
    url: '/*',
    handler: async (request, reply) => unknownAddress(request, reply),
  });
}

function unknownAddress(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(
    reply,
    problem(404, 'address-unknown', {
      zh: `没有这个地址：${request.method} ${request.url.split('?')[0]}。接口说明见 /api/docs。`,
      en: 'There is no such address; see /api/docs.',
    }),
  );
}

/** Opens the door and says where it is, as a browser of this machine finds it. @throws CannotStart in one sentence */
export async function listen(door: NestFastifyApplication, { host, port }: Config): Promise<string> {
  try {
    await door.init();
    // Not Nest's own listen: it would put a stack before the one sentence.
    await (door.getHttpAdapter().getInstance() as unknown as FastifyInstance).listen({ port, host });
  } catch (error) {
    throw cannotListen(error, { host, port });
  }
  const bound = door.getHttpServer().address() as AddressInfo;
  return publicAddress(host, bound.port);
}

/** A wildcard is not an address. */
export function publicAddress(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
