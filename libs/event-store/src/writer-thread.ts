import { Worker } from 'node:worker_threads';
import {
  type Appended,
  IdempotencyConflict,
  InDoubt,
  StoreUnavailable,
  StreamIsDeleted,
  type StreamCheck,
  WrongExpectedRevision,
} from './port.js';
import type { Prepared } from './prepare.js';
import { type Failure, type FlatAnswers, flattenJobs, type Job, restoreAnswers } from './sqlite-jobs.js';
import type { Ask, WorkerData } from './sqlite-worker.js';

interface Pending {
  until: number;
  resolve(appended: Appended[]): void;
  reject(error: Error): void;
  done(): void;
}

const togetherMost = 8;
/** Of the deadline, for the thread to begin: what it gave up by itself is known not to be stored, and it must have time to say so. */
const beginningShare = 0.9;

/** This process's writer, begun with the first append. Every append ends, whatever becomes of the thread or the disk. */
export class WriterThread {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private unsent: Job[] = [];
  private numbers = 0;
  private watch: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly data: WorkerData,
    private readonly deadlineMs: number,
    private readonly wrote: () => void,
  ) {}

  write(appends: readonly Prepared[], checks: readonly StreamCheck[], signal: AbortSignal | undefined): Promise<Appended[]> {
    if (this.closed) return Promise.reject(new StoreUnavailable('The store is closed.'));
    if (signal?.aborted)
      return Promise.reject(new StoreUnavailable('The append was cancelled before it was sent; nothing was stored.'));
    const number = ++this.numbers;
    const now = Date.now();
    const until = now + this.deadlineMs;
    return new Promise((resolve, reject) => {
      const cancelled = () => this.cancel(number);
      signal?.addEventListener('abort', cancelled);
      this.pending.set(number, { until, resolve, reject, done: () => signal?.removeEventListener('abort', cancelled) });
      this.unsent.push({ number, appends, checks, until: now + this.deadlineMs * beginningShare });
      // What is asked for in one go is sent together, yet soon enough for the thread to write while the rest is prepared.
      if (this.unsent.length === togetherMost) this.send();
      else if (this.unsent.length === 1) queueMicrotask(() => this.send());
      this.watch ??= setInterval(() => this.giveUpLate(), Math.min(250, Math.max(10, this.deadlineMs / 20))).unref();
    });
  }

  private send(): void {
    if (this.unsent.length === 0) return;
    this.worker ??= this.start();
    this.worker.ref();
    this.worker.postMessage({ jobs: flattenJobs(this.unsent) } satisfies Ask);
    this.unsent = [];
  }

  private start(): Worker {
    const worker = new Worker(new URL('./sqlite-worker.js', import.meta.url), { workerData: this.data, execArgv: [] });
    let why = 'The writing thread ended';
    worker.on('message', (answers: FlatAnswers) => this.answered(answers));
    worker.on('error', error => (why = error.message));
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
      for (const number of [...this.pending.keys()]) this.settle(number, pending => pending.reject(new InDoubt(why)));
    });
    return worker;
  }

  private answered(flat: FlatAnswers): void {
    let stored = false;
    for (const answer of restoreAnswers(flat)) {
      stored ||= 'appended' in answer;
      this.settle(answer.number, pending =>
        'appended' in answer ? pending.resolve(answer.appended) : pending.reject(errorOf(answer.failure)),
      );
    }
    if (stored) this.wrote();
  }

  private settle(number: number, how: (pending: Pending) => void): void {
    const pending = this.pending.get(number);
    if (!pending) return;
    this.pending.delete(number);
    pending.done();
    how(pending);
    if (this.pending.size === 0 && !this.closed) this.worker?.unref();
  }

  /**
   * The thread itself gives up what it has not begun; what it does not answer at all is in doubt. The timer outlives a pause between
   * appends, as making one for each costs more, and ends when it finds nothing to watch.
   */
  private giveUpLate(): void {
    if (this.pending.size === 0) {
      clearInterval(this.watch);
      this.watch = undefined;
      return;
    }
    const now = Date.now();
    for (const [number, { until }] of this.pending) {
      if (until > now) break;
      this.settle(number, pending => pending.reject(new InDoubt(`The disk did not answer within ${this.deadlineMs} ms.`)));
    }
  }

  private cancel(number: number): void {
    if (!this.pending.has(number)) return;
    this.worker?.postMessage({ cancel: number } satisfies Ask);
    this.settle(number, pending => pending.reject(new InDoubt('The append was cancelled; whether it was stored is not known.')));
  }

  async close(): Promise<void> {
    this.closed = true;
    const { worker } = this;
    if (!worker) return;
    const exited = new Promise(resolve => worker.once('exit', resolve));
    worker.ref();
    worker.postMessage({ close: true } satisfies Ask);
    await exited;
  }
}

function errorOf({ name, message, fields }: Failure): Error {
  const { stream, expected, actual } = fields as { stream: string; expected: number; actual: number };
  switch (name) {
    case 'WrongExpectedRevision':
      return new WrongExpectedRevision(stream, expected, actual);
    case 'IdempotencyConflict':
      return new IdempotencyConflict(stream);
    case 'StreamIsDeleted':
      return new StreamIsDeleted(stream);
    case 'StoreUnavailable':
      return new StoreUnavailable(message);
    case 'InDoubt':
      return new InDoubt(message);
    default:
      return new Error(`${name}: ${message}`);
  }
}
