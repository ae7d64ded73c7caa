import { z } from 'zod';
import type { Operation } from '#contracts';
import { routes, type Route } from './routes.js';

type Json = Record<string, unknown>;

const errors = {
  '400': '请求无法读懂 / malformed',
  '401': '未登录或令牌无效 / no valid token',
  '403': '角色不许 / the role may not',
  '404': '没有 / unknown',
  '409': '规则不许 / a rule says no',
  '410': '已撤回 / withdrawn',
  '412': 'If-Match 不符 / stale revision',
  '413': '内容太大 / too large',
  '415': '只接受 JSON / JSON only',
  '422': '内容有误 / not valid',
  '429': '太频繁 / too many requests',
  '503': '暂不可用 / not available now',
} as const;
const ofQuery: (keyof typeof errors)[] = ['400', '404', '422', '429', '503'];
const ofCommand: (keyof typeof errors)[] = ['400', '401', '403', '404', '409', '412', '413', '415', '422', '429', '503'];

/** The API as OpenAPI 3.1, read off the routes and the schemas that check what comes in. */
export function openApi(development: boolean): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = (paths[`/api/v1${route.path}`] ??= {});
    path[route.method.toLowerCase()] = describe(route);
  }
  paths['/api/v1/tasks'] = { get: plain('tasks', '我的待办 / what waits for me, by role and due date', true) };
  if (development) {
    paths['/api/v1/dev/people'] = {
      get: plain('developmentPeople', '开发登录：可用的人 / people of the development sign-in', false),
    };
    paths['/api/v1/dev/session'] = {
      post: {
        ...plain('developmentSession', '开发登录：取令牌 / a token of the development sign-in', false),
        requestBody: json({
          type: 'object',
          required: ['person'],
          properties: { person: { type: 'string' } },
          additionalProperties: false,
        }),
      },
    };
  }
  for (const [path, summary] of [
    ['/health/live', '存活 / alive'],
    ['/health/ready', '就绪 / ready'],
  ] as const) {
    paths[path] = { get: plain(path.slice(8), summary, false) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: '公开 Gongkai',
      version: '1',
      description:
        '政府信息公开平台。错误一律为 RFC 9457 problem+json，`detail` 为中文，`en` 为英文。 / Every error is problem+json; `detail` is Chinese, `en` English.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'detail', 'en'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            zh: { type: 'string' },
            en: { type: 'string' },
            issues: { type: 'array', items: { type: 'object' } },
          },
        },
        Accepted: {
          type: 'object',
          required: ['id', 'revision', 'position'],
          properties: { id: { type: 'string' }, revision: { type: 'integer' }, position: { type: 'integer' } },
        },
      },
    },
  };
}

function describe({ method, path, operation }: Route): Json {
  const schema = z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' }) as {
    properties: Json;
    required?: string[];
  };
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const others = Object.keys(schema.properties).filter(name => !inPath.includes(name));
  const required = schema.required ?? [];
  const parameters: Json[] = [
    ...inPath.map(name => ({ name, in: 'path', required: true, schema: schema.properties[name] })),
    ...(method === 'GET'
      ? others.map(name => ({ name, in: 'query', required: required.includes(name), schema: schema.properties[name] }))
      : []),
    ...(method === 'POST'
      ? [
          { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 200 } },
          {
            name: 'If-Match',
            in: 'header',
            required: false,
            schema: { type: 'string' },
            description: '版本，如 "3" / the revision',
          },
        ]
      : [
          {
            name: 'X-Gongkai-Position',
            in: 'header',
            required: false,
            schema: { type: 'integer' },
            description: '至少包含到此位置 / at least as new as this position',
          },
        ]),
  ];
  const statuses =
    operation.kind === 'command'
      ? ofCommand
      : [
          ...ofQuery,
          ...(operation.may === 'public' ? (['401'] as const) : (['401', '403'] as const)),
          ...(operation.subject.includes('public-record') ? (['410'] as const) : []),
        ];
  return {
    operationId: operationId(operation),
    summary: `${operation.title.zh} / ${operation.title.en}`,
    tags: [operation.subject.split('.')[0]],
    ...(operation.may === 'public' ? { security: [] } : { security: [{ bearer: [] }] }),
    'x-roles': operation.may,
    parameters,
    ...(method === 'POST'
      ? {
          requestBody: {
            ...json({
              type: 'object',
              additionalProperties: false,
              properties: Object.fromEntries(others.map(name => [name, schema.properties[name]])),
              required: required.filter(name => others.includes(name)),
            }),
            required: required.some(name => others.includes(name)),
          },
        }
      : {}),
    responses: {
      [operation.creates ? '201' : '200']:
        operation.kind === 'command'
          ? {
              description: '已办理 / done',
              headers: { ETag: { schema: { type: 'string' } }, 'X-Gongkai-Position': { schema: { type: 'integer' } } },
              ...json({ $ref: '#/components/schemas/Accepted' }),
            }
          : { description: '答复 / the answer', ...json({ type: 'object' }) },
      ...problems(statuses),
    },
  };
}

function plain(operationId: string, summary: string, secured: boolean): Json {
  return {
    operationId,
    summary,
    security: secured ? [{ bearer: [] }] : [],
    responses: {
      '200': { description: 'OK', ...json({ type: 'object' }) },
      ...problems(secured ? ['400', '401', '429', '503'] : ['400', '404', '422', '429', '503']),
    },
  };
}

function problems(statuses: readonly (keyof typeof errors)[]): Json {
  return Object.fromEntries(
    [...new Set(statuses)].sort().map(status => [
      status,
      {
        description: errors[status],
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function json(schema: Json): Json {
  return { content: { 'application/json': { schema } } };
}

function operationId({ subject }: Operation): string {
  return subject.replace(/[.-](\w)/g, (_, letter: string) => letter.toUpperCase());
}
