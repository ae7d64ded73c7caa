import { Worker } from 'node:worker_threads';

/** An error as it comes out of a thread, where it loses its class; `fields` are its own, such as the engine's `errcode`. */
export interface Failure {
  name: string;
  message: string;
  fields: object;
}

export type Reply = { number: number } & ({ result: unknown } | { failure: Failure });

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const plainError = ({ name, message, fields }: Failure) => Object.assign(new Error(message), fields, { name });

/**
 * A thread that answers what it is asked (`answerAsks` in its script), begun with the first question: for work during which the event
 * loop must go on. With nothing to answer it keeps no process alive; one that died is begun anew with the next question.
 */
export class AskedThread<Ask> {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private numbers = 0;
  private closed = false;

  /** `errorOf` gives an error its class again. */
  constructor(
    private readonly script: URL,
    private readonly workerData: unknown,
    private readonly errorOf: (failure: Failure) => Error = plainError,
  ) {}

  /** @throws what answering throws; where the thread ends before it has answered, why it did */
  async ask<Result>(ask: Ask): Promise<Result> {
    if (this.closed) throw new Error('The thread is closed');
    const number = ++this.numbers;
    const worker = (this.worker ??= this.start());
    // What cannot be handed over is refused here, before anything waits for it.
    worker.postMessage({ number, ask });
    worker.ref();
    return new Promise<Result>((resolve, reject) => {
      this.pending.set(number, { resolve: result => resolve(result as Result), reject });
    });
  }

  private start(): Worker {
    const worker = new Worker(this.script, { workerData: this.workerData });
    let why: Error | undefined;
    worker.on('message', (reply: Reply) => {
      const pending = this.pending.get(reply.number);
      this.pending.delete(reply.number);
      // While it is closed the process waits for it.
      if (this.pending.size === 0 && !this.closed) worker.unref();
      if ('result' in reply) pending?.resolve(reply.result);
      else pending?.reject(this.errorOf(reply.failure));
    });
    worker.on('error', error => (why = error));
    worker.on('exit', code => {
      if (this.worker === worker) this.worker = undefined;
      why ??= new Error(`The thread of ${this.script.pathname} ended by itself (${code})`);
      for (const { reject } of this.pending.values()) reject(why);
      this.pending.clear();
    });
    // Last: to listen holds the process again.
    worker.unref();
    return worker;
  }

  /** After all that was asked was answered; resolves once the thread is gone, and with it its connections. */
  async close(): Promise<void> {
    this.closed = true;
    const { worker } = this;
    if (!worker) return;
    const exited = new Promise(resolve => worker.once('exit', resolve));
    worker.ref();
    worker.postMessage('close');
    await exited;
  }
}
