import { SingleBar } from 'cli-progress';

export interface Bar {
  at(value: number, total: number, events?: number): void;
  stop(): void;
}

/** On standard error, and only where a person looks on: what is asked for as JSON is told at the end. */
export function progressBar(name: string, { json }: { json?: boolean | undefined }): Bar {
  const startedAt = performance.now();
  const bar = new SingleBar({
    format: `${name} [{bar}] {percentage}% {rate}`,
    stream: process.stderr,
    noTTYOutput: false,
    clearOnComplete: false,
  });
  let begun = false;
  return {
    at(value, total, events) {
      if (json || total === 0) return;
      const rate = events === undefined ? '' : `${events} · ${Math.round((events * 1000) / (performance.now() - startedAt))}/s`;
      if (!begun) bar.start(total, value, { rate });
      begun = true;
      bar.setTotal(total);
      bar.update(value, { rate });
    },
    stop: () => void (begun && bar.stop()),
  };
}

export function perSecond(events: number, startedAt: number): number {
  return Math.round((events * 1000) / Math.max(1, performance.now() - startedAt));
}
