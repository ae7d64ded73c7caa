import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as port from '../port.js';
import type { Question, Told } from './store-process.js';

/**
 * One store over three processes on one file: each call goes to the next of them, so that what one has written another reads, in
 * every assertion of the contract.
 */
export async function storeInThreeProcesses(file: string, deadlineMs?: number): Promise<port.EventStore> {
  const children = await Promise.all([0, 1, 2].map(() => start(file, deadlineMs)));
  let turn = 0;
  const ask = (method: Question['method'], ...args: unknown[]) => children[turn++ % children.length]!.ask(method, args);
  return {
    capabilities: { appendMany: true },
    append: (stream, events, expected, options) =>
      cancellable(children[turn++ % children.length]!, 'append', [stream, events, expected], options),
    appendMany: (appends, checks = []) => ask('appendMany', appends, checks) as Promise<port.Appended[]>,
    readStream: (stream, options = {}) => ask('readStream', stream, options) as Promise<port.StoredEvent[]>,
    readAll: options => ask('readAll', options) as Promise<port.Slice>,
    head: () => ask('head') as Promise<number>,
    async *streamHeads(upTo) {
      yield* (await ask('streamHeads', upTo)) as port.StreamHead[];
    },
    wait: (after, signal) => cancellable(children[turn++ % children.length]!, 'wait', [after], { signal }),
    async close() {
      await Promise.all(children.map(child => child.stop()));
    },
  };
}

function cancellable<T>(
  child: Child,
  method: Question['method'],
  args: unknown[],
  options: { signal?: AbortSignal } = {},
): Promise<T> {
  const cancel = new AbortController();
  const answer = child.ask(method, [...args, options.signal?.aborted ?? false], cancel.signal);
  options.signal?.addEventListener('abort', () => cancel.abort(), { once: true });
  return answer as Promise<T>;
}

interface Child {
  ask(method: Question['method'], args: unknown[], cancel?: AbortSignal): Promise<unknown>;
  stop(): Promise<void>;
}

async function start(file: string, deadlineMs: number | undefined): Promise<Child> {
  const program = fileURLToPath(new URL('./store-process.js', import.meta.url));
  const process: ChildProcess = fork(program, [file, String(deadlineMs ?? '')], { serialization: 'advanced', execArgv: [] });
  const waiting = new Map<number, (told: Told) => void>();
  let numbers = 0;
  let ready = () => {};
  const opened = new Promise<void>(resolve => (ready = resolve));
  process.on('message', (told: Told) => {
    if (told.number === 0) return ready();
    waiting.get(told.number)?.(told);
    waiting.delete(told.number);
  });
  await opened;
  return {
    ask: (method, args, cancel) =>
      new Promise((resolve, reject) => {
        const number = ++numbers;
        waiting.set(number, told => ('error' in told ? reject(errorOf(told.error)) : resolve(told.value)));
        process.send({ number, method, args } satisfies Question);
        cancel?.addEventListener('abort', () => process.send({ number, method: 'cancel', args: [] } satisfies Question), {
          once: true,
        });
      }),
    stop: () =>
      new Promise(resolve => {
        process.once('exit', () => resolve());
        process.send({ number: 0, method: 'close', args: [] } satisfies Question);
      }),
  };
}

/** The error as its class, so that `instanceof` holds on this side too. */
function errorOf({ name, message, fields }: Extract<Told, { error: unknown }>['error']): Error {
  const known = (port as unknown as Record<string, { prototype: object } | undefined>)[name];
  const error = known ? (Object.create(known.prototype) as Error) : new Error(message);
  return Object.assign(error, { ...fields, name, message });
}
