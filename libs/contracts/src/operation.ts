import { z } from 'zod';
import type { Actor, Role } from './actor.js';
import { personalFields } from './events.js';
import { refuse, type Refusal } from './refusal.js';

/**
 * One thing a room can be asked: the subject it travels under, the shape of what is asked and who may ask.
 * The gateway's routes, the rooms' doors and the OpenAPI document are all read off these.
 */
export interface Operation<I extends z.ZodObject = z.ZodObject> {
  kind: 'command' | 'query';
  /** `<room>.<resource>.<verb>`; also the NATS subject. */
  subject: string;
  /** Path parameters, query parameters and body together, as one strict object. */
  input: I;
  /** `public` needs no token; `staff` any verified token; else one of the roles. An auditor may ask every query without personal data. */
  may: 'public' | 'staff' | readonly Role[];
  title: { zh: string; en: string };
  /** A command that makes a resource answers 201. */
  creates?: boolean;
  /** A query whose answer holds personal data: sealed to the asker on the bus, kept by no cache, and not for auditors as such. */
  personalAnswer?: boolean;
}

type Title = Operation['title'];
type Shape = z.core.$ZodLooseShape;

export function command<S extends Shape>(
  subject: string,
  may: Operation['may'],
  title: Title,
  shape: S,
  more: { creates?: boolean } = {},
): Operation<z.ZodObject<S, z.core.$strict>> {
  return { kind: 'command', subject, may, title, input: z.strictObject(shape), ...more };
}

export function query<S extends Shape>(
  subject: string,
  may: Operation['may'],
  title: Title,
  shape: S,
  more: { personalAnswer?: boolean } = {},
): Operation<z.ZodObject<S, z.core.$strict>> {
  return { kind: 'query', subject, may, title, input: z.strictObject(shape), ...more };
}

/** What a room receives: the plain input and who asks, as the token the room verifies for itself. */
export interface Ask {
  input: unknown;
  correlationId: string;
  token?: string;
  /** Identity of a command; absent on queries. */
  commandId?: string;
  /** Expected revision of the resource, from `If-Match`. */
  ifMatch?: number;
  /** Wait until the views hold this position before answering a query. */
  atLeast?: number;
  /** The personal fields of the input, readable by the room alone (JWE). */
  sealed?: string;
  /** To whom an answer with personal data is sealed. */
  answerTo?: SealingKey;
}

/** The public half of a key (JWK, RFC 7517): what is sealed to it, only the holder of the other half opens. */
export interface SealingKey {
  kid: string;
  jwk: Record<string, unknown>;
}

export type Reply<T = unknown> = { ok: T } | Refusal;

export function checkInput<I extends z.ZodObject>(operation: Operation<I>, input: unknown): z.infer<I> | Refusal {
  const parsed = operation.input.safeParse(input ?? {});
  if (parsed.success) return parsed.data as z.infer<I>;
  const issues = parsed.error.issues.flatMap(issue => {
    const at = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      // Whoever mistakes a field's value for its name gave away a person: such a name is not repeated.
      if (personalFields({ data: operation.input }).includes(String(issue.path[0]))) {
        return [{ path: at, zh: '有不认识的字段', en: 'holds an unknown field' }];
      }
      return issue.keys.map(key => ({ path: [at, key].filter(Boolean).join('.'), zh: '没有这个字段', en: 'unknown field' }));
    }
    return [{ path: at, ...inBoth(issue) }];
  });
  return refuse(
    'invalid',
    'invalid-input',
    {
      zh: `所填内容有误：${issues.map(issue => `${issue.path || '正文'}（${issue.zh}）`).join('；')}。`,
      en: `The input is not valid: ${issues.map(issue => `${issue.path || 'body'} (${issue.en})`).join('; ')}.`,
    },
    { issues },
  );
}

export function checkRole(operation: Operation, actor: Actor | null): Refusal | undefined {
  if (operation.may === 'public') return undefined;
  if (!actor) {
    return refuse('unauthenticated', 'token-missing', {
      zh: '请先登录：此操作需要有效的令牌。',
      en: 'Sign in first: this needs a valid bearer token.',
    });
  }
  if (operation.may === 'staff' || operation.may.some(role => actor.roles.includes(role))) return undefined;
  if (operation.kind === 'query' && !operation.personalAnswer && actor.roles.includes('auditor')) return undefined;
  return refuse('forbidden', 'role-missing', {
    zh: `${actor.name}没有“${operation.title.zh}”所需的角色（${operation.may.join('、')}）。`,
    en: `${actor.name} holds none of the roles that may "${operation.title.en}": ${operation.may.join(', ')}.`,
  });
}

/** What is wrong with a value: as its schema says it, or in short words for what the library says in English. */
export function inBoth(issue: z.core.$ZodIssue): { zh: string; en: string } {
  const [zh, en] = issue.message.split(' / ', 2) as [string, string?];
  return en === undefined ? { zh: chinese(issue), en: issue.message } : { zh, en };
}

const typeWords: Record<string, string> = {
  string: '文字',
  number: '数字',
  int: '整数',
  boolean: ' true 或 false',
  array: '列表',
  object: '对象',
  record: '对象',
};

function chinese(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined') ? '必填' : `应为${typeWords[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `只能是 ${issue.values.map(String).join('、')}`;
    case 'too_big':
      return `不超过 ${String(issue.maximum)}`;
    case 'too_small':
      return `不少于 ${String(issue.minimum)}`;
    default:
      return '格式不对';
  }
}
