import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { openSqliteEventStore } from '#event-store';
import { type Faults, Ledger } from './ledger.js';
import { planOf, type Writer } from './plan.js';
import { retryUnanswered } from './retry.js';
import type { Report } from './writer.js';

export interface Outcome {
  kills: number;
  seed: number;
  acknowledged: number;
  lost: number;
  phantom: number;
  differ: number;
}

const script = fileURLToPath(new URL('./writer.js', import.meta.url));
/** A boundary that is not reached by then will not be: the writer is killed all the same. */
const longestMs = 3_000;

/**
 * Writers on one file, killed with SIGKILL again and again; after each round the file is opened as after a restart, and what it
 * holds is held against what the writers said, statement by statement, while they lived.
 */
export async function killWriters(
  { kills, seed }: { kills: number; seed: number },
  say: (sentence: string) => void = () => {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-chaos-'));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clean);
  const file = join(folder, 'events.db');
  const faults: Faults = { lost: [], phantom: [], differ: [] };
  const ledger = new Ledger(file, faults);
  const done = { kills: 0, acknowledged: 0, unanswered: 0, stored: 0 };

  async function check(): Promise<void> {
    const store = await openSqliteEventStore(file);
    const there = await ledger.look();
    const entries = [...ledger.entries.values()];
    const unanswered = entries.filter(({ heard }) => !heard);
    done.acknowledged += entries.filter(({ heard }) => heard && 'acknowledged' in heard).length;
    done.unanswered += unanswered.length;
    done.stored += unanswered.filter(({ attempt }) => there.has(attempt.name)).length;
    await retryUnanswered(store, ledger, unanswered, there, faults);
    await store.close();
  }

  try {
    let told = 0;
    const rounds = planOf(seed, kills);
    for (const [index, round] of rounds.entries()) {
      const ends = await live(file, round, report => ledger.note(report));
      done.kills += ends.filter(end => end === 'SIGKILL').length;
      faults.differ.push(...ends.filter(end => end !== 'SIGKILL').map(end => `a writer ended by itself (${end})`));
      // What the single writer left behind is recovered by the four that come after it, all at once.
      if (index % 2 === 1 || index === rounds.length - 1) await check();
      if (index === rounds.length - 1) await ledger.checkAll();
      const all = [...faults.lost, ...faults.phantom, ...faults.differ];
      for (const fault of all.slice(told)) say(`${JSON.stringify(round)}: ${fault}`);
      told = all.length;
      if (done.kills % 100 < round.length) {
        say(
          `${done.kills}/${kills}: ${done.acknowledged} acknowledged, ${done.unanswered} unanswered, ${done.stored} of these stored`,
        );
      }
    }
  } finally {
    process.off('exit', clean);
    clean();
  }
  const { lost, phantom, differ } = faults;
  return {
    kills: done.kills,
    seed,
    acknowledged: done.acknowledged,
    lost: lost.length,
    phantom: phantom.length,
    differ: differ.length,
  };
}

/** All of a round, from the first start to the last death. */
async function live(file: string, round: readonly Writer[], note: (report: Report) => void): Promise<unknown[]> {
  const writers = round.map(writer => startWriter(file, writer, note));
  try {
    await Promise.all(writers.map(({ ready }) => ready));
    for (const { go } of writers) go();
    const timers = round.map(({ death }, index) =>
      setTimeout(() => writers[index]!.child.kill('SIGKILL'), 'afterMs' in death ? death.afterMs : longestMs),
    );
    const ends = await Promise.all(writers.map(({ ended }) => ended));
    timers.forEach(clearTimeout);
    return ends;
  } finally {
    for (const { child } of writers) child.kill('SIGKILL');
  }
}

/** It has the file open once it is `ready`, and writes from `go` on until it is killed. */
export function startWriter(file: string, writer: Writer, note: (report: Report) => void) {
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify({ ...writer, file })], {
    stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  // The other end dies as it pleases.
  child.stdin!.on('error', () => {});
  const reports = child.stdio[3] as Readable;
  const ready = new Promise<void>((resolve, reject) => {
    let rest = '';
    reports.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      // A line that was cut off in the middle was never said.
      rest = lines.pop()!;
      for (const report of lines.map(line => JSON.parse(line) as Report)) {
        if ('ready' in report) resolve();
        else note(report);
      }
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`A writer ended early (${signal ?? code})`)));
  });
  ready.catch(() => {});
  const exited = new Promise<NodeJS.Signals | number | null>(resolve =>
    child.on('exit', (code, signal) => resolve(signal ?? code)),
  );
  // What it had said before it died is still on its way.
  const heard = new Promise(resolve => reports.on('close', resolve));
  const go = () => child.stdin!.write('go');
  return { child, ready, go, ended: Promise.all([exited, heard]).then(([end]) => end) };
}
