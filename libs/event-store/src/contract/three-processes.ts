import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as port from '../port.js';
import type { SqliteEventStoreOptions } from '../sqlite-store.js';
import type { Question, Told } from './store-process.js';

/** A store over three processes, with what can be done to them. */
export type StoreInThreeProcesses = port.EventStore & {
  /** The process whose turn is next stores its next append and loses the answer, if it is its first. */
  loseAnswer(): Promise<void>;
};

interface Child {
  ask(store: number, method: Question['method'], args: unknown[], cancel?: AbortSignal): Promise<unknown>;
  end(): Promise<void>;
}

const together = 3;
/** To start three processes takes longer than most tests: they are asked to open one file after another. */
let children: Child[] = [];
let stores = 0;

/**
 * One store over three processes on one file: each call goes to the next of them, so that what one has written another reads, in
 * every assertion of the contract.
 */
export async function storeInThreeProcesses(file: string, options: SqliteEventStoreOptions = {}): Promise<StoreInThreeProcesses> {
  if (children.length === 0) children = Array.from({ length: together }, start);
  const own = [...children];
  const store = ++stores;
  // Over only when it is over in each of them: one that still opens a file would meet what its test does to it next.
  const all = async (method: Question['method'], ...args: unknown[]) => {
    const answers = await Promise.allSettled(own.map(child => child.ask(store, method, args)));
    const failed = answers.find(answer => answer.status === 'rejected');
    if (failed) throw failed.reason;
  };
  let turn = 0;
  const next = () => own[turn++ % together]!;
  const ask = (method: Question['method'], ...args: unknown[]) => next().ask(store, method, args);
  const cancellable = (method: 'append' | 'wait', args: unknown[], signal?: AbortSignal) =>
    next().ask(store, method, [...args, signal?.aborted ?? false], signal);
  await all('open', file, options);
  return {
    capabilities: { appendMany: true },
    append: (stream, events, expected, { signal } = {}) =>
      cancellable('append', [stream, events, expected], signal) as Promise<port.Appended>,
    appendMany: (appends, checks = []) => ask('appendMany', appends, checks) as Promise<port.Appended[]>,
    readStream: (stream, options = {}) => ask('readStream', stream, options) as Promise<port.StoredEvent[]>,
    readAll: options => ask('readAll', options) as Promise<port.Slice>,
    head: () => ask('head') as Promise<number>,
    async *streamHeads(upTo) {
      yield* (await ask('streamHeads', upTo)) as port.StreamHead[];
    },
    wait: async (after, signal) => void (await cancellable('wait', [after], signal)),
    loseAnswer: async () => void (await own[turn % together]!.ask(store, 'lose', [])),
    close: async () => void (await all('close')),
  };
}

/** The three end, as by `kill -9`; the next store is opened by new ones. */
export async function endThreeProcesses(): Promise<void> {
  const ending = children;
  children = [];
  await Promise.all(ending.map(child => child.end()));
}

function start(): Child {
  const program = fileURLToPath(new URL('./store-process.js', import.meta.url));
  const process: ChildProcess = fork(program, [], { serialization: 'advanced', execArgv: [] });
  // They outlive the test that began them, but keep nobody alive.
  process.unref();
  process.channel!.unref();
  const waiting = new Map<number, (told: Told) => void>();
  let numbers = 0;
  process.on('message', (told: Told) => {
    waiting.get(told.number)?.(told);
    waiting.delete(told.number);
  });
  const exited = new Promise<void>(resolve =>
    process.once('exit', (code, signal) => {
      children = children.filter(child => child !== self);
      const error = { name: 'Error', message: `A process of the store ended (${signal ?? code})`, fields: {} };
      for (const [number, settle] of waiting) settle({ number, error });
      resolve();
    }),
  );
  const send = (question: Question) => process.connected && process.send(question);
  const self: Child = {
    ask: (store, method, args, cancel) =>
      new Promise((resolve, reject) => {
        const number = ++numbers;
        waiting.set(number, told => ('error' in told ? reject(errorOf(told.error)) : resolve(told.value)));
        send({ number, store, method, args });
        cancel?.addEventListener('abort', () => send({ number: ++numbers, store, method: 'cancel', args: [number] }), {
          once: true,
        });
      }),
    async end() {
      process.kill('SIGKILL');
      await exited;
    },
  };
  return self;
}

/** The error as its class, so that `instanceof` holds on this side too. */
function errorOf({ name, message, fields }: Extract<Told, { error: unknown }>['error']): Error {
  const known = (port as unknown as Record<string, { prototype: object } | undefined>)[name];
  const error = known ? (Object.create(known.prototype) as Error) : new Error(message);
  return Object.assign(error, { ...fields, name, message });
}
