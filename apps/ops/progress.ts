import { SingleBar } from 'cli-progress';

export interface Bar {
  /** How far of how much, and events done where those are something else. */
  at(value: number, total: number, events?: number): void;
  stop(): void;
}

const lineEachMs = 2_000;

/**
 * On standard error: a bar where a person looks on, else a line every two seconds; with how much is done, the rate and the time left. What is
 * asked for as JSON is on standard output and never mixed with it.
 */
export function progressBar(name: string): Bar {
  const startedAt = performance.now();
  const rateOf = (events: number | undefined) => (events === undefined ? '' : `${events} · ${perSecond(events, startedAt)}/s`);
  return process.stderr.isTTY ? bar(name, rateOf, timeLeft()) : lines(name, rateOf, timeLeft());
}

type RateOf = (events: number | undefined) => string;
type TimeLeft = (value: number, total: number) => string;

/** At the rate since the first look: what was there before it took no time. */
function timeLeft(): TimeLeft {
  let first: { value: number; at: number } | undefined;
  return (value, total) => {
    const now = performance.now();
    first ??= { value, at: now };
    const gained = value - first.value;
    if (gained <= 0 || value >= total) return '';
    return `剩余 / left ${duration(((total - value) * (now - first.at)) / gained)}`;
  };
}

function bar(name: string, rateOf: RateOf, left: TimeLeft): Bar {
  // Its own way to end gracefully would keep Ctrl-C from ending the process; so it changes nothing of the terminal.
  const one = new SingleBar({
    format: `${name} [{bar}] {percentage}% {value}/{total} {rate} {left}`,
    stream: process.stderr,
    gracefulExit: false,
    linewrap: true,
  });
  const unmeasured = lines(name, rateOf, left);
  let begun = false;
  return {
    at(value, total, events) {
      if (total === 0) return unmeasured.at(value, total, events);
      const said = { rate: rateOf(events), left: left(value, total) };
      if (!begun) one.start(total, value, said);
      begun = true;
      one.setTotal(total);
      one.update(value, said);
    },
    stop: () => void (begun && one.stop()),
  };
}

function lines(name: string, rateOf: RateOf, left: TimeLeft): Bar {
  let next = performance.now() + lineEachMs;
  return {
    at(value, total, events) {
      const remaining = left(value, total);
      if (performance.now() < next) return;
      next = performance.now() + lineEachMs;
      const done = total > 0 ? `${Math.floor((value * 100) / total)}% ${value}/${total}` : '';
      process.stderr.write(`${[name, done, rateOf(events), remaining].filter(Boolean).join(' ')}\n`);
    },
    stop: () => {},
  };
}

export function perSecond(events: number, startedAt: number): number {
  return Math.round((events * 1000) / Math.max(1, performance.now() - startedAt));
}

/** As a person says it: `8 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
