import type { FastifyInstance, FastifyRequest } from 'fastify';

/** What a body is refused for before it is parsed; `problemOfFault` says it. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
  constructor(
    readonly code: 'GONGKAI_ENCODING' | 'GONGKAI_CHARSET' | 'GONGKAI_NOT_UTF8',
    readonly statusCode: 400 | 415,
  ) {
    super(code);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON is UTF-8 (RFC 8259 §8.1). Bytes that are not would be read as replacement characters, and what cannot be read would be stored for
 * good: they are refused. An empty body is an empty object: a step often has nothing to say but that it is done.
 */
export function acceptJson(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (isEncoded(request)) return done(new UnreadableBody('GONGKAI_ENCODING', 415));
    if (!isUtf8(request)) return done(new UnreadableBody('GONGKAI_CHARSET', 415));
    let text: string;
    try {
      text = utf8.decode(body as Buffer);
    } catch {
      return done(new UnreadableBody('GONGKAI_NOT_UTF8', 400));
    }
    if (text === '') done(null, {});
    else parse(request, text, done);
  });
}

function isEncoded({ headers }: FastifyRequest): boolean {
  return !/^(identity)?$/i.test(headers['content-encoding']?.trim() ?? '');
}

function isUtf8({ headers }: FastifyRequest): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1];
  return charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset);
}
