import type { EventStore } from '../port.js';
import { openSqliteEventStore, type SqliteEventStoreOptions } from '../sqlite-store.js';

/** One of the three processes: answers calls of the stores it has open that come over its channel. */
export interface Question {
  number: number;
  /** Which store; a new one is opened under it. */
  store: number;
  method:
    'open' | 'append' | 'appendMany' | 'readStream' | 'readAll' | 'head' | 'streamHeads' | 'wait' | 'cancel' | 'lose' | 'close';
  args: unknown[];
}
export type Told = { number: number } & ({ value: unknown } | { error: { name: string; message: string; fields: object } });

interface Opened {
  store: EventStore;
  fault: NonNullable<SqliteEventStoreOptions['fault']>;
}

const opened = new Map<number, Opened>();
const cancels = new Map<number, AbortController>();

process.on('message', (question: Question) => void answer(question));
// Nobody reaches whoever has lost its channel.
process.on('disconnect', () => process.exit());

async function answer(question: Question): Promise<void> {
  const { number } = question;
  try {
    process.send!({ number, value: await call(question) } satisfies Told);
  } catch (error) {
    const { name, message } = error as Error;
    process.send!({ number, error: { name, message, fields: { ...(error as object) } } } satisfies Told);
  } finally {
    cancels.delete(number);
  }
}

async function call({ number, store: which, method, args }: Question): Promise<unknown> {
  if (method === 'open') {
    const [file, { fault = {}, ...options }] = args as [string, SqliteEventStoreOptions];
    opened.set(which, { store: await openSqliteEventStore(file, { ...options, fault }), fault });
    return;
  }
  if (method === 'cancel') return cancels.get(args[0] as number)?.abort();
  const { store, fault } = opened.get(which)!;
  switch (method) {
    case 'close':
      opened.delete(which);
      return store.close();
    case 'lose':
      // Read when the writing thread begins: nothing was appended by this process yet.
      return void Object.assign(fault, { step: 'after-commit', act: 'exit', fired: new SharedArrayBuffer(4) });
    case 'streamHeads': {
      const heads = [];
      for await (const head of store.streamHeads(args[0] as number)) heads.push(head);
      return heads;
    }
    case 'append':
    case 'wait': {
      const cancel = new AbortController();
      cancels.set(number, cancel);
      if (args.pop() === true) cancel.abort();
      const { signal } = cancel;
      return method === 'wait'
        ? store.wait(args[0] as number, signal)
        : store.append(...(args as [string, never, never]), { signal });
    }
    default:
      return (store[method] as (...rest: unknown[]) => unknown)(...args);
  }
}
