import { spawn } from 'node:child_process';
import { constants } from 'node:os';

export function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}

/** One sentence for a person; no stack. */
export function expected(sentence) {
  return Object.assign(new Error(sentence), { expected: true });
}

/** Runs a program as if it were this one: same standard streams, same signals, same exit code. */
export function passThrough(command, args, { ipc = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    // Over the IPC channel the app notices when this process is killed, and stops too.
    const child = spawn(command, args, { ...options, stdio: ipc ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit' });
    const release = forward(child);
    // A shell between npm and this process dies without a word; its death is a stop too.
    const parent = process.ppid;
    const orphaned = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearInterval(orphaned);
      release();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/** Runs a program quietly: a line says what when it takes over two seconds, then every two seconds how long. */
export async function quietly(what, command, args, options = {}) {
  const startedAt = Date.now();
  let output = '';
  let told = false;
  const timer = setInterval(() => {
    if (!told) say(what);
    told = true;
    say(`  … ${Math.round((Date.now() - startedAt) / 1000)} s`);
  }, 2000);
  try {
    const code = await new Promise((resolve, reject) => {
      const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
      const release = forward(child);
      for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk));
      child.on('error', reject);
      child.on('close', (code, signal) => {
        release();
        resolve(code ?? 128 + (constants.signals[signal] ?? 0));
      });
    });
    return { code, output };
  } finally {
    clearInterval(timer);
  }
}

function forward(child) {
  const handlers = ['SIGINT', 'SIGTERM'].map(signal => [signal, () => child.kill(signal)]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}
