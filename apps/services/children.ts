import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CannotStart, type Log } from '#platform';

export interface Children {
  start(name: string): void;
  /** Rejects when a child says that it cannot start: it has told why. */
  refused: Promise<never>;
  stop(): Promise<void>;
}

const restartAfterMs = 1_000;
/** A child that ends with 1 sooner than this could not start, and starting it again would say the same. */
const startedAfterMs = 3_000;

/** Starts `dist/apps/<name>/main.js` of each name, and again when it dies. */
export function keepRunning({ log, environment }: { log: Log; environment: NodeJS.ProcessEnv }): Children {
  const alive = new Map<string, ChildProcess>();
  // Whoever faces the world is given no key of what it must not read, nor a password.
  const {
    GONGKAI_MASTER_KEY: _key,
    GONGKAI_MASTER_KEY_FILE: _file,
    GONGKAI_EVENTS: _events,
    GONGKAI_MONGODB: _mongodb,
    MONGODB_URL: _url,
    ...keyless
  } = environment;
  let stopping = false;
  let refuse: (error: Error) => void = () => {};
  const refused = new Promise<never>((_, reject) => (refuse = reject));
  refused.catch(() => {});

  const start = (name: string) => {
    const startedAt = Date.now();
    const main = fileURLToPath(new URL(`../${name}/main.js`, import.meta.url));
    // Over the IPC channel the child notices when this process is killed, and stops too.
    const child = spawn(process.execPath, ['--enable-source-maps', main], {
      env: name === 'gateway' ? keyless : environment,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    alive.set(name, child);
    child.on('exit', (code, signal) => {
      alive.delete(name);
      if (stopping) return;
      if (code === 1 && Date.now() - startedAt < startedAfterMs) {
        refuse(new CannotStart(`${name} 未能启动，其余服务已停止。 / ${name} could not start; the others are stopped.`));
        return;
      }
      log.warn({ service: name, code, signal }, 'a service died and is started again');
      setTimeout(() => stopping || start(name), restartAfterMs);
    });
  };

  return {
    start,
    refused,
    async stop() {
      stopping = true;
      await Promise.all(
        [...alive.values()].map(child => {
          const gone = new Promise(resolve => child.once('exit', resolve));
          child.kill('SIGTERM');
          return gone;
        }),
      );
    },
  };
}
