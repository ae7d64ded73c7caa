import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** `stop`: as if it were killed, what is stored stays; `start`: again, on the same port. */
export type Order = 'stop' | 'start';

/** The fake server in a process of its own, which whole houses use and which can be hung as a process is. */
export interface FakeKurrentDbProcess {
  readonly url: string;
  tell(order: Order): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  close(): Promise<void>;
}

export async function startFakeKurrentDbProcess(): Promise<FakeKurrentDbProcess> {
  const child = spawn(process.execPath, ['--enable-source-maps', fileURLToPath(new URL('./serve.js', import.meta.url))], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const said = async () => (await once(child, 'message'))[0] as string;
  const url = await said();
  return {
    url,
    async tell(order) {
      const done = said();
      child.send(order);
      await done;
    },
    signal: signal => void child.kill(signal),
    async close() {
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
