const startedAt = performance.now();

/** Progress, for whoever waits. */
export function say(sentence: string): void {
  process.stderr.write(`[${((performance.now() - startedAt) / 1000).toFixed(0).padStart(3)} s] ${sentence}\n`);
}
