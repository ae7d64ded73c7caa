import type { FastifyReply } from 'fastify';
import type { Refusal } from '#contracts';

/** The one table from refusals to HTTP (RFC 9110). */
export const statusOf: Record<Refusal['refused'], number> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  gone: 410,
  conflict: 409,
  stale: 412,
  unready: 503,
  fault: 500,
};

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  zh: string;
  en: string;
  [extension: string]: unknown;
}

/** RFC 9457; `detail` is Chinese, `en` the same in English. */
export function problem(status: number, name: string, sentence: { zh: string; en: string }, more: object = {}): Problem {
  // The standard's own members last: a fact of the refusal may be called `status` too.
  return { ...more, type: `/problems/${name}`, title: name, status, detail: sentence.zh, zh: sentence.zh, en: sentence.en };
}

export function problemOf(refusal: Refusal): Problem {
  return problem(statusOf[refusal.refused], refusal.name, refusal, {
    ...refusal.detail,
    ...(refusal.issues ? { issues: refusal.issues } : {}),
  });
}

export function sendProblem(reply: FastifyReply, found: Problem): FastifyReply {
  if (found.status === 401) reply.header('www-authenticate', 'Bearer');
  if (found.status === 503) reply.header('retry-after', '2');
  return reply.code(found.status).type('application/problem+json; charset=utf-8').send(JSON.stringify(found));
}

export const tooMany = problem(429, 'too-many-requests', {
  zh: '请求太频繁，请稍后再试。',
  en: 'Too many requests; try again later.',
});

interface Fault {
  code?: string;
  statusCode?: number;
  message: string;
}

/** What Fastify itself refuses, before a route sees it. Null for a real fault. */
export function problemOfFault(fault: Fault): Problem | null {
  switch (fault.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem(413, 'body-too-large', {
        zh: '内容太大：一次最多 512 KiB。大文件请以附件链接登记。',
        en: 'The body is too large: at most 512 KiB. Register large files as attachment links.',
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problem(415, 'media-type-unsupported', {
        zh: '只接受 application/json。',
        en: 'Only application/json is accepted.',
      });
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return problem(400, 'request-malformed', {
        zh: '请求内容不是有效的 JSON（语法有误，或有名为 __proto__ 的字段），没有保存。',
        en: 'The body is not valid JSON (its syntax, or a field named __proto__); nothing was stored.',
      });
    case 'GONGKAI_ENCODING':
      return problem(415, 'content-encoding-unsupported', {
        zh: '不接受压缩的内容（Content-Encoding），没有保存；请不压缩再提交。',
        en: 'A compressed body (Content-Encoding) is not accepted; nothing was stored. Send it as it is.',
      });
    case 'GONGKAI_CHARSET':
      return problem(415, 'charset-unsupported', {
        zh: '只接受 UTF-8 编码的 JSON：请去掉 charset 或写 charset=utf-8。',
        en: 'Only JSON in UTF-8 is accepted: leave charset out, or say charset=utf-8.',
      });
    case 'GONGKAI_NOT_UTF8':
      return problem(400, 'body-not-utf8', {
        zh: '内容不是 UTF-8 编码（可能是 GBK），没有保存；请转成 UTF-8 再提交。',
        en: 'The body is not UTF-8 (GBK, perhaps); nothing was stored. Convert it to UTF-8 and send it again.',
      });
    default:
  }
  if (fault.statusCode === 429) return tooMany;
  if (fault.statusCode !== undefined && fault.statusCode >= 400 && fault.statusCode < 500) {
    return problem(fault.statusCode === 404 ? 404 : 400, 'request-malformed', {
      zh: `请求无法读懂：${fault.message}`,
      en: `The request cannot be read: ${fault.message}`,
    });
  }
  return null;
}
