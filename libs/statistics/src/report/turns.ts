export interface Turns {
  /** How many wait or are at work. */
  readonly waiting: number;
  /** One at a time, in order. @throws the signal's reason once the asker has stopped waiting, or what `work` throws */
  inTurn<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** For what is long and asked for by many: whoever asks waits for at most `withinMs`, work and all. */
export function turns(withinMs: () => number): Turns {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    get waiting() {
      return waiting;
    },
    inTurn(work) {
      waiting++;
      const signal = AbortSignal.timeout(withinMs());
      const turn = last.then(() => {
        signal.throwIfAborted();
        return work(signal);
      });
      last = turn.catch(() => {}).finally(() => waiting--);
      return turn;
    },
  };
}
