import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { describe } from '@jest/globals';

/** With it a story that finds no server fails; without it it is skipped, and its title says why. */
const required = process.env['GONGKAI_TEST_SERVERS'] === 'required';
const binary = process.env['GONGKAI_NATS_SERVER'] || 'nats-server';
const missing = whyMissing();

function whyMissing(): string | undefined {
  try {
    execFileSync(binary, ['--version']);
    return undefined;
  } catch {
    return 'no nats-server: neither GONGKAI_NATS_SERVER nor PATH has one';
  }
}

/** A story that needs a NATS server. */
export function onNats(title: string, story: () => void): void {
  const run = missing === undefined || required ? describe : describe.skip;
  run(`${title} [on nats-server]${missing === undefined ? '' : ` [skipped: ${missing}]`}`, story);
}

/** @throws Error where there is none and there must be */
export function startNats(port: number): ChildProcess {
  if (missing !== undefined) throw new Error(missing);
  return spawn(binary, ['-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
}
