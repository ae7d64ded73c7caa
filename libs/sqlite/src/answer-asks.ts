import { parentPort } from 'node:worker_threads';
import type { Failure, Reply } from './asked-thread.js';

/** The thread's side of `AskedThread`; `close` is called once nothing is under way any more. */
export function answerAsks<Ask>(answer: (ask: Ask) => unknown, close: () => void): void {
  const port = parentPort!;
  const underWay = new Set<Promise<void>>();

  async function reply(number: number, ask: Ask): Promise<void> {
    let reply: Reply;
    try {
      reply = { number, result: await answer(ask) };
    } catch (error) {
      reply = { number, failure: failureOf(error) };
    }
    try {
      port.postMessage(reply);
    } catch (error) {
      port.postMessage({ number, failure: { ...failureOf(error), fields: {} } } satisfies Reply);
    }
  }

  port.on('message', (message: { number: number; ask: Ask } | 'close') => {
    if (message === 'close') {
      void Promise.all(underWay).then(() => {
        close();
        port.close();
      });
      return;
    }
    const replied = reply(message.number, message.ask).finally(() => underWay.delete(replied));
    underWay.add(replied);
  });
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), fields: {} };
  const { name, message } = error;
  return { name, message, fields: { ...error } };
}
