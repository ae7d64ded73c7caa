import type { EventStore } from '../port.js';
import { openSqliteEventStore } from '../sqlite-store.js';

/** One of the three processes: answers the store's calls that come over its channel. */
export interface Question {
  number: number;
  method: 'append' | 'appendMany' | 'readStream' | 'readAll' | 'head' | 'streamHeads' | 'wait' | 'cancel' | 'close';
  args: unknown[];
}
export type Told = { number: number } & ({ value: unknown } | { error: { name: string; message: string; fields: object } });

const [file, deadlineMs] = process.argv.slice(2) as [string, string];
const store = await openSqliteEventStore(file, deadlineMs ? { deadlineMs: Number(deadlineMs) } : {});
const cancels = new Map<number, AbortController>();

process.on('message', (question: Question) => void answer(question));
process.send!({ number: 0, value: 'open' } satisfies Told);

async function answer({ number, method, args }: Question): Promise<void> {
  if (method === 'cancel') return cancels.get(number)?.abort();
  if (method === 'close') {
    await store.close();
    return process.disconnect();
  }
  try {
    process.send!({ number, value: await call(number, method, args) } satisfies Told);
  } catch (error) {
    const { name, message } = error as Error;
    process.send!({ number, error: { name, message, fields: { ...(error as object) } } } satisfies Told);
  } finally {
    cancels.delete(number);
  }
}

async function call(number: number, method: Exclude<Question['method'], 'cancel' | 'close'>, args: unknown[]): Promise<unknown> {
  if (method === 'streamHeads') {
    const heads = [];
    for await (const head of store.streamHeads(args[0] as number)) heads.push(head);
    return heads;
  }
  if (method !== 'append' && method !== 'wait') return (store[method] as (...rest: unknown[]) => unknown)(...args);
  const cancel = new AbortController();
  cancels.set(number, cancel);
  if (args.pop() === true) cancel.abort();
  return method === 'wait'
    ? store.wait(args[0] as number, cancel.signal)
    : store.append(...((args as Parameters<EventStore['append']>).slice(0, 3) as [string, never, never]), {
        signal: cancel.signal,
      });
}
