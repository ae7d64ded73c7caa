import { SingleBar } from 'cli-progress';

export interface Bar {
  at(value: number, total: number, events?: number): void;
  stop(): void;
}

const lineEachMs = 2_000;

/**
 * On standard error: a bar where a person looks on, else a line every two seconds. What is asked for as JSON is on standard output
 * and never mixed with it.
 */
export function progressBar(name: string): Bar {
  const startedAt = performance.now();
  const rateOf = (events: number | undefined) => (events === undefined ? '' : `${events} · ${perSecond(events, startedAt)}/s`);
  return process.stderr.isTTY ? bar(name, rateOf) : lines(name, rateOf);
}

type RateOf = (events: number | undefined) => string;

function bar(name: string, rateOf: RateOf): Bar {
  // Its own way to end gracefully would keep Ctrl-C from ending the process; so it changes nothing of the terminal.
  const one = new SingleBar({
    format: `${name} [{bar}] {percentage}% {rate}`,
    stream: process.stderr,
    gracefulExit: false,
    linewrap: true,
  });
  const unmeasured = lines(name, rateOf);
  let begun = false;
  return {
    at(value, total, events) {
      if (total === 0) return unmeasured.at(value, total, events);
      const rate = rateOf(events);
      if (!begun) one.start(total, value, { rate });
      begun = true;
      one.setTotal(total);
      one.update(value, { rate });
    },
    stop: () => void (begun && one.stop()),
  };
}

function lines(name: string, rateOf: RateOf): Bar {
  let next = performance.now() + lineEachMs;
  return {
    at(value, total, events) {
      if (performance.now() < next) return;
      next = performance.now() + lineEachMs;
      const percent = total > 0 ? `${Math.floor((value * 100) / total)}% ` : '';
      process.stderr.write(`${name} ${percent}${rateOf(events)}\n`);
    },
    stop: () => {},
  };
}

export function perSecond(events: number, startedAt: number): number {
  return Math.round((events * 1000) / Math.max(1, performance.now() - startedAt));
}
