import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { engineCodeOf, engineReasonOf, isBusy, openDatabase } from '#sqlite';
import { InDoubt, StoreUnavailable } from './port.js';
import { type Answer, type Failure, type Flat, flattenAnswers, type Job, restoreJobs } from './sqlite-jobs.js';
import { sqliteWriter, type Step } from './sqlite-writer.js';

/**
 * The writing side of one process's store, off its event loop: neither a lock held by another process nor a slow disk can keep
 * a service from answering. What has queued up while a transaction was written goes into the next one, so that many commands
 * share a sync of the disk and none waits for company.
 */
export interface WorkerData {
  file: string;
  fault?: Fault;
}

/**
 * For tests: the process (or with `exit` this thread) dies when `step` is reached for the `count`th time; once only, over all
 * threads that share `fired`. `maxPages`: a disk that fills up.
 */
export interface Fault {
  step?: Step;
  count?: number;
  act?: 'kill' | 'exit';
  fired?: SharedArrayBuffer;
  maxPages?: number;
}

export type Ask = { jobs: Flat } | { cancel: number } | { close: true };

/** A transaction this long is short for those who wait, and its log is written in one go. */
const groupMost = 500;
const comeBackMs = 0.08;
const firstBackMs = 0.4;
const pauseMs = 1;

const port = parentPort!;
const { file, fault } = workerData as WorkerData;
const db = await openDatabase(file, { durability: 'full' });
if (fault?.maxPages) db.exec(`PRAGMA max_page_count = ${fault.maxPages}`);
const write = sqliteWriter(db);
const dataVersion = db.prepare('PRAGMA data_version');
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const queue: Job[] = [];
let steps = 0;
let running = false;
/**
 * How many appends the last transaction held. Callers who were answered together come back together: as long as fewer are here
 * than were then, it is worth waiting for the next one, no longer than it takes to prepare. Who comes alone never waits.
 */
let company = 1;
/** How long the last transaction held the lock, when it ended, and what the file's version was then: another's commit changes it. */
let heldMs = 0;
let endedAt = -Infinity;
let seen = versionNow();
/** Somebody came back at once and no other process writes: stay awake for a moment, for waking up takes two calls of the system. */
let likelyBack = false;

port.on('message', (ask: Ask) => {
  take(ask);
  if (!running) run();
});

function take(ask: Ask): void {
  if ('jobs' in ask) queue.push(...restoreJobs(ask.jobs));
  else if ('cancel' in ask) {
    const index = queue.findIndex(job => job.number === ask.cancel);
    if (index >= 0) queue.splice(index, 1);
  } else {
    db.close();
    port.close();
  }
}

function run(): void {
  running = true;
  while (db.isOpen) {
    awaitMore(company > 1 || likelyBack ? firstBackMs : 0);
    if (queue.length === 0 || !db.isOpen) break;
    const cameBack = performance.now() - endedAt < firstBackMs;
    likelyBack = !letOthersPass() && cameBack;
    if (begin()) commit();
  }
  running = false;
}

/**
 * Whether others wrote since, who are then likely to wait again: whoever has just held the lock would else always be the next.
 */
function letOthersPass(): boolean {
  if (versionNow() === seen) return false;
  sleep(Math.min(heldMs, 5) + Math.random() * pauseMs);
  return true;
}

/** False while another process holds the lock, after a short random wait. */
function begin(): boolean {
  reached('before-begin');
  try {
    db.exec('BEGIN IMMEDIATE');
  } catch (error) {
    const late = isBusy(error) ? queue.filter(job => Date.now() > job.until) : [...queue];
    for (const job of late) queue.splice(queue.indexOf(job), 1);
    if (late.length > 0) answer(late.map(({ number }) => ({ number, failure: failureOf(error) })));
    else sleep(Math.random() * pauseMs);
    return false;
  }
  reached('after-begin');
  return true;
}

function commit(): void {
  const began = performance.now();
  const taken: Job[] = [];
  const answers: Answer[] = [];
  let committing = false;
  try {
    for (let job = next(taken.length); job; job = next(taken.length)) {
      taken.push(job);
      try {
        answers.push({ number: job.number, appended: write(job.appends, job.checks, reached) });
      } catch (error) {
        // A full or broken disk undoes the whole transaction; a refusal concerns its own append only.
        if (!db.isTransaction || engineCodeOf(error) !== undefined) throw error;
        answers.push({ number: job.number, failure: failureOf(error) });
      }
    }
    reached('before-commit');
    committing = true;
    db.exec('COMMIT');
    reached('after-commit');
    answer(answers);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    const failure = failureOf(error, committing);
    answer(taken.map(({ number }) => ({ number, failure })));
  }
  company = taken.length;
  endedAt = performance.now();
  heldMs = endedAt - began;
  seen = versionNow();
}

/** The next append for this transaction, waiting for it where company is likely. */
function next(taken: number): Job | undefined {
  if (taken >= groupMost) return undefined;
  if (queue.length === 0 && taken < company) awaitMore(comeBackMs);
  return queue.shift();
}

/** Looks for messages without giving up the thread: to be woken takes longer than an append takes to be prepared. */
function awaitMore(ms: number): void {
  const until = performance.now() + ms;
  do {
    for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) take(more.message as Ask);
  } while (queue.length === 0 && performance.now() < until);
}

function answer(answers: Answer[]): void {
  port.postMessage(flattenAnswers(answers));
}

function failureOf(error: unknown, committing = false): Failure {
  const { name, message } = error as Error;
  const code = engineCodeOf(error);
  if (code === undefined) return { name, message, fields: { ...(error as object) } };
  const [zh, en] = engineReasonOf(error) ?? [message, message];
  // What a failed sync of the disk left behind may be found again after a power cut.
  if (committing && (code & 0xff) === ioError) {
    return {
      name: InDoubt.name,
      message: `数据文件 ${file} ${zh}，是否已写入尚不清楚，请重试。 / ${file}: ${en}; whether it was written is not known, try again (SQLite ${code}).`,
      fields: {},
    };
  }
  return {
    name: StoreUnavailable.name,
    message: `数据文件 ${file} ${zh}，没有写入。 / ${file}: ${en}; nothing was written (SQLite ${code}).`,
    fields: {},
  };
}

const ioError = 10;

function versionNow(): number {
  try {
    return (dataVersion.get() as { data_version: number }).data_version;
  } catch {
    return -1;
  }
}

function sleep(ms: number): void {
  Atomics.wait(sleeper, 0, 0, ms);
}

function reached(step: Step): void {
  if (step !== fault?.step || ++steps !== (fault.count ?? 1)) return;
  if (fault.fired && Atomics.exchange(new Int32Array(fault.fired), 0, 1) === 1) return;
  if (fault.act === 'exit') process.exit(3);
  process.kill(process.pid, 'SIGKILL');
}
