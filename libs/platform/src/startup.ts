import { ConfigInvalid } from './config.js';
import { FolderUnusable } from './folder.js';

/** Said to the person who starts the process; no stack. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** Tells how to close what is open when the process ends, however it ends; the last one told is closed first. */
export type Opened = (close: () => Promise<unknown>) => void;

export interface Running {
  /** Rejects when the process cannot go on; it never resolves. */
  failed?: Promise<never>;
}

const closeWithinMs = 4_500;
// By name: the engines' own libraries are not this one's to import, and two copies of a class are still one mistake.
const known = new Set([
  ConfigInvalid.name,
  FolderUnusable.name,
  CannotStart.name,
  'DatabaseUnusable',
  'StoreUnusable',
  'StoreUnavailable',
  'InDoubt',
  'ImportRefused',
  'KeysUnusable',
  'KeysUnavailable',
  'MongoUnusable',
  'MongoUnavailable',
  'UnknownEvent',
]);

/**
 * The life of a process: what cannot start says why in one sentence and exits with 1; SIGINT, SIGTERM or the death of whoever
 * started it close what runs, within five seconds, and exit with 0. What was open when a start failed is closed too: a thread that is
 * ended while the engine works takes the process down with a signal.
 */
export async function runProcess(start: (opened: Opened) => Promise<Running>): Promise<void> {
  let stopAsked: () => void = () => {};
  const stop = new Promise<void>(resolve => (stopAsked = resolve));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopAsked());
  if (process.channel) {
    process.on('disconnect', () => stopAsked());
    process.channel.unref();
  }
  let code = 0;
  const open: (() => Promise<unknown>)[] = [];
  const endInTime = () => void setTimeout(() => process.exit(code), closeWithinMs).unref();
  const tell = (error: unknown) => {
    const sentence = sentenceOf(error);
    process.stderr.write(`${sentence ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`);
    code = 1;
  };
  void stop.then(endInTime);
  try {
    const starting = start(close => open.push(close));
    // Once the end has begun, nobody is told what becomes of a start.
    void starting.then(({ failed }) => failed?.catch(() => {})).catch(() => {});
    const running = await Promise.race([starting, stop]);
    if (running) await Promise.race(running.failed ? [stop, running.failed] : [stop]);
  } catch (error) {
    tell(error);
    endInTime();
  }
  while (open.length > 0) await open.pop()!().catch(tell);
  process.exit(code);
}

/**
 * Closes what is being opened side by side, each as soon as it is open. What did not open has said so to whoever awaits it.
 * @throws why one of them could not be closed, once all are done
 */
export async function closeAll(opening: readonly Promise<{ close(): Promise<unknown> }>[]): Promise<void> {
  const ends = await Promise.allSettled(
    opening.map(async one => {
      const opened = await one.catch(() => null);
      await opened?.close();
    }),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** What a person can mend, as one sentence; null for a fault of ours. */
export function sentenceOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  return known.has(error.name) ? error.message : null;
}

/** What a web server's `listen` says, as one sentence. */
export function cannotListen(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE':
      return new CannotStart(
        `端口 ${port} 已被占用，请关闭占用它的程序，或用 PORT 换一个端口。 / Port ${port} is taken; stop what uses it or choose another with PORT.`,
      );
    case 'EACCES':
      return new CannotStart(
        `没有权限使用端口 ${port}，请用 PORT 换一个 1024 以上的端口。 / Port ${port} is not allowed; choose one above 1024 with PORT.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CannotStart(`本机没有地址 ${host}，请检查 HOST。 / ${host} is not an address of this machine; check HOST.`);
    default:
      return error;
  }
}
