import { openSqliteEventStore } from '#event-store';
import { onTask } from '../children.js';
import { percentile } from '../figure.js';
import { caseloadOf } from '../store/caseload.js';

export interface WriterTask {
  file: string;
  /** Whose work it is: other seeds, other streams. */
  seed: number;
  /** When all begin, and when they end: milliseconds since 1970. */
  from: number;
  to: number;
}
export interface Written {
  appends: number;
  /** Milliseconds. */
  p99: number;
  longest: number;
}

const inHand = 256;

/** Appends one event after another, each as soon as the one before is stored. */
onTask<WriterTask, Written>(async ({ file, seed, from, to }) => {
  const store = await openSqliteEventStore(file);
  const next = caseloadOf({ seed, open: inHand });
  await new Promise(resolve => setTimeout(resolve, from - Date.now()));
  const took: number[] = [];
  while (Date.now() < to) {
    const { stream, event, expected } = next();
    const begun = performance.now();
    await store.append(stream, [event], expected);
    took.push(performance.now() - begun);
  }
  await store.close();
  return { appends: took.length, p99: percentile(took, 0.99), longest: took.reduce((most, one) => Math.max(most, one), 0) };
});
