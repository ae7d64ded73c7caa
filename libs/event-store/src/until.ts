/** There is no time left, or whoever asked has given up. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** The time one call has: up to its deadline, its caller's own signal, or the end of the store. */
export interface Until {
  leftMs(): number;
  over(): boolean;
  /** What `work` comes to, or `OutOfTime`. What becomes of `work` after that is nobody's concern. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Waits so long, or as long as there is time. */
  pause(ms: number): Promise<void>;
}

export function untilDeadline(deadlineMs: number, ...signals: (AbortSignal | undefined)[]): Until {
  const endsAt = performance.now() + deadlineMs;
  const stops = signals.filter(signal => signal !== undefined);
  const leftMs = () => (stops.some(signal => signal.aborted) ? 0 : Math.max(0, endsAt - performance.now()));

  /** Calls `act` once: after so long, or when a signal says so. */
  function after(ms: number, act: () => void): () => void {
    const done = () => {
      clearTimeout(timer);
      for (const signal of stops) signal.removeEventListener('abort', fire);
    };
    const fire = () => {
      done();
      act();
    };
    const timer = setTimeout(fire, ms);
    for (const signal of stops) signal.addEventListener('abort', fire, { once: true });
    return done;
  }

  return {
    leftMs,
    over: () => leftMs() === 0,
    race(work) {
      return new Promise((resolve, reject) => {
        const done = after(leftMs(), () => reject(new OutOfTime(`no answer within ${Math.round(deadlineMs)} ms`)));
        work.then(
          value => (done(), resolve(value)),
          error => (done(), reject(error)),
        );
      });
    },
    pause(ms) {
      return new Promise(resolve => after(Math.min(ms, leftMs()), resolve));
    },
  };
}
