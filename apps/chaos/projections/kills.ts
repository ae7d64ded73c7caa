import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { openSqliteEventStore } from '#event-store';
import { openSqliteViews } from '#projections';
import type { Outcome } from '../store/kills.js';
import type { Faults } from '../store/ledger.js';
import { atTheEnd } from './end.js';
import type { Given, Report } from './falls.js';
import { generationName, judge, type Said } from './judge.js';
import { appending } from './log.js';
import { planOf, type Point, type Round, type Runner } from './plan.js';

const hook = new URL('./hook.js', import.meta.url).href;
const script = fileURLToPath(new URL('./runner.js', import.meta.url));
const leaseMs = 200;
/** A place that is not reached by then will not be, also where a rebuild comes to its end slowly: the process is killed all the same. */
const longestMs = 10_000;
/** Long enough for another to take the place of one that is stopped. */
const takeOverMs = 2.5 * leaseMs;
/** Always something new to project, and yet no log that is long to rebuild. */
const appendEachMs = 16;

export interface ProjectionsOutcome extends Outcome {
  /** How often somebody fell at each place, by signal. */
  met: Record<'SIGKILL' | 'SIGSTOP', Partial<Record<Point, number>>>;
}

/**
 * Processes that run projections on the same files, killed or stopped again and again while events are appended; after each round all that
 * the views hold is held against the log, and at the end it must hold all of it.
 */
export async function killRunners(
  { kills, seed }: { kills: number; seed: number },
  say: (sentence: string) => void = () => {},
): Promise<ProjectionsOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-chaos-'));
  const alive = new Set<ChildProcess>();
  const clean = () => {
    for (const child of alive) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', clean);
  const files = { events: join(folder, 'events.db'), views: join(folder, 'views.db') };
  const startAll = (round: Round | undefined) =>
    (round ?? []).map(runner => {
      const started = startRunner(files, runner, note);
      alive.add(started.child);
      void started.ended.then(() => alive.delete(started.child));
      return started;
    });
  const store = await openSqliteEventStore(files.events);
  const log = appending(store, seed);
  const faults: Faults = { lost: [], phantom: [], differ: [] };
  const said: Said = new Map();
  const met: ProjectionsOutcome['met'] = { SIGKILL: {}, SIGSTOP: {} };
  let done = 0;
  const told = new Set<string>();
  const tell = (when: string) => {
    for (const fault of Object.values(faults).flat())
      // What is wrong stays wrong: it is told, and counted, once.
      if (!told.has(fault)) {
        told.add(fault);
        say(`${when}: ${fault}`);
      }
  };

  async function look(): Promise<void> {
    const views = await openSqliteViews(files.views);
    await judge(store, views, said, faults);
    await views.close();
  }

  function note(report: Report, { fall }: Runner): void {
    if ('projection' in report) {
      const name = generationName(report);
      said.set(name, Math.max(said.get(name) ?? 0, report.position));
    } else if ('failed' in report) faults.differ.push(`a rebuild did not verify: ${report.failed}`);
    else if ('fallen' in report && 'signal' in fall) met[fall.signal][report.fallen] = (met[fall.signal][report.fallen] ?? 0) + 1;
  }

  try {
    const rounds = planOf(seed, kills);
    let next = startAll(rounds[0]);
    for (const [index, round] of rounds.entries()) {
      const runners = next;
      await Promise.all(runners.map(({ ready }) => ready));
      // They take longer to start than to fall.
      next = startAll(rounds[index + 1]);
      const ends = await live(runners, round, () => log.append(1));
      done += ends.length;
      faults.differ.push(...ends.filter(end => end !== 'SIGKILL').map(end => `a process ended by itself (${String(end)})`));
      await look();
      tell(JSON.stringify(round));
      if (done % 50 < round.length) say(`${done}/${kills}: ${log.acknowledged()} events appended`);
    }
    await atTheEnd(files, store, said, faults);
    tell('at the end');
    await store.close();
  } finally {
    process.off('exit', clean);
    clean();
  }
  const count = (found: readonly string[]) => new Set(found).size;
  const counts = { lost: count(faults.lost), phantom: count(faults.phantom), differ: count(faults.differ) };
  return { kills: done, seed, acknowledged: log.acknowledged(), ...counts, met };
}

type Files = Pick<Given, 'events' | 'views'>;
type Note = (report: Report, runner: Runner) => void;

/** All of a round, from its first step to the last death, while events come in. */
async function live(runners: readonly Started[], round: Round, append: () => Promise<void>): Promise<unknown[]> {
  let over = false;
  const coming = (async () => {
    while (!over) {
      await append();
      await pause(appendEachMs);
    }
  })();
  await (isStopped(round[0]) ? sleep(runners, round) : fall(runners, round));
  over = true;
  await coming;
  return Promise.all(runners.map(({ ended }) => ended));
}

type Started = ReturnType<typeof startRunner>;
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const isStopped = (runner: Runner | undefined) =>
  runner !== undefined && 'signal' in runner.fall && runner.fall.signal === 'SIGSTOP';

/** Each dies where it was to die, or after a while. */
async function fall(runners: readonly Started[], round: Round): Promise<void> {
  for (const { go } of runners) go();
  await Promise.all(
    runners.map(async ({ child, ended }, index) => {
      const { fall } = round[index]!;
      await within('afterMs' in fall ? fall.afterMs : longestMs, ended);
      child.kill('SIGKILL');
      await ended;
    }),
  );
}

async function within(ms: number, wanted: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout;
  await Promise.race([wanted, new Promise(resolve => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer!);
}

/** The first is stopped; the second has time to take its place, and the first wakes beside it. Then both are killed. */
async function sleep([sleeper, relief]: readonly Started[], [, second]: Round): Promise<void> {
  sleeper!.go();
  await within(longestMs, sleeper!.fallen);
  relief?.go();
  await pause(takeOverMs);
  sleeper!.child.kill('SIGCONT');
  await pause(second && 'afterMs' in second.fall ? second.fall.afterMs : 0);
  for (const { child } of relief ? [relief, sleeper!] : [sleeper!]) child.kill('SIGKILL');
  await Promise.all([sleeper!.ended, relief?.ended]);
}

let started = 0;

/** It has the files open once it is `ready`, and runs from `go` on. */
function startRunner(files: Files, runner: Runner, note: Note) {
  const given: Given = { ...runner, ...files, owner: `runner-${++started}`, leaseMs };
  const child: ChildProcess = spawn(process.execPath, ['--import', hook, script], {
    stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', GONGKAI_CHAOS: JSON.stringify(given) },
  });
  // The other end dies as it pleases.
  child.stdin!.on('error', () => {});
  const reports = child.stdio[3] as Readable;
  let fell: () => void;
  const fallen = new Promise<void>(resolve => (fell = resolve));
  const ready = new Promise<void>((resolve, reject) => {
    let rest = '';
    reports.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      // A line that was cut off in the middle was never said.
      rest = lines.pop()!;
      for (const report of lines.map(line => JSON.parse(line) as Report)) {
        if ('ready' in report) resolve();
        else note(report, runner);
        if ('fallen' in report) fell();
      }
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`A process ended early (${signal ?? code})`)));
  });
  ready.catch(() => {});
  const exited = new Promise<NodeJS.Signals | number | null>(resolve =>
    child.on('exit', (code, signal) => resolve(signal ?? code)),
  );
  // What it had said before it died is still on its way.
  const heard = new Promise(resolve => reports.on('close', resolve));
  const go = () => void child.stdin!.write('go');
  return { child, ready, go, fallen, ended: Promise.all([exited, heard]).then(([end]) => end) };
}
