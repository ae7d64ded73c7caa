import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const living = new Set<ChildProcess>();
const folders = new Set<string>();

/** Whatever ends this process, no child and no temporary file outlives it. */
export function cleanUpAtTheEnd(): void {
  process.on('exit', () => {
    for (const child of living) child.kill('SIGKILL');
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.on(signal, () => process.exit(code));
  if (process.channel) {
    process.on('disconnect', () => process.exit(1));
    process.channel.unref();
  }
}

export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-bench-'));
  folders.add(folder);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    folders.delete(folder);
  }
}

export interface Child {
  /** The next message it sends. @throws where it ends without one */
  answer<T>(): Promise<T>;
  send(message: object): void;
  /** What it writes to its standard output until `pattern` is met. */
  saying(pattern: RegExp): Promise<string>;
  stop(): Promise<void>;
}

export function startChild(script: URL, options: { args?: string[]; environment?: NodeJS.ProcessEnv } = {}): Child {
  const child = fork(fileURLToPath(script), options.args ?? [], {
    execArgv: [],
    env: options.environment ?? process.env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  living.add(child);
  const gone = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      living.delete(child);
      reject(new Error(`${script.pathname} ended early (${signal ?? code})`));
    });
  });
  gone.catch(() => {});
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  return {
    answer: <T>() => Promise.race([new Promise<T>(resolve => child.once('message', message => resolve(message as T))), gone]),
    send: message => child.send(message),
    saying: pattern =>
      Promise.race([
        new Promise<string>(resolve => {
          const look = () => {
            const found = pattern.exec(output)?.[0];
            if (found === undefined) return;
            child.stdout!.off('data', look);
            resolve(found);
          };
          child.stdout!.on('data', look);
          look();
        }),
        gone,
      ]),
    async stop() {
      if (!living.has(child)) return;
      const ended = new Promise(resolve => child.once('exit', resolve));
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** One task in a process of its own, so that neither its memory nor its warmth is another's. */
export async function inChild<T>(script: URL, task: object): Promise<T> {
  const child = startChild(script);
  try {
    child.send(task);
    return await child.answer<T>();
  } finally {
    await child.stop();
  }
}

/** The child's side of `inChild`. */
export function onTask<Task, Result extends object>(work: (task: Task) => Promise<Result>): void {
  process.once('message', task => void work(task as Task).then(result => process.send!(result)));
  process.on('disconnect', () => process.exit(0));
}
