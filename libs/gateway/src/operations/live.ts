import type { FastifyReply } from 'fastify';
import { isRefusal, type Refusal } from '#contracts';

const lookMs = 1_000;
const aliveMs = 15_000;

/**
 * Sends what `look` finds as server-sent events whenever it is another, until the browser has gone or its token is not good any more; a
 * comment now and then shows that the line is alive.
 */
export async function sendLive(reply: FastifyReply, look: () => Promise<string | Refusal>): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) raw.setHeader(name, value as string);
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  const over = new AbortController();
  raw.on('close', () => over.abort());
  try {
    let last = '';
    for (let spokeAt = performance.now(); !over.signal.aborted;) {
      const found = await look();
      const data = isRefusal(found) ? `<p role="alert">▲ ${escaped(found.zh)}</p>` : found;
      const changed = data !== last;
      if (changed || performance.now() - spokeAt > aliveMs) {
        raw.write(changed ? `data: ${JSON.stringify(data)}\n\n` : ': alive\n\n');
        spokeAt = performance.now();
      }
      last = data;
      // The browser comes again, and is told to sign in.
      if (isRefusal(found) && (found.refused === 'unauthenticated' || found.refused === 'forbidden')) return;
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, lookMs);
        over.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
      });
    }
  } finally {
    raw.end();
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
