import { writeSync } from 'node:fs';
import { openSqliteEventStore } from '#event-store';
import type { Writer } from './plan.js';
import { type Attempt, callerOf } from './work.js';

/** One line each on descriptor 3, written before the next statement runs: what was said outlives a kill. */
export type Report =
  | { ready: true }
  | { attempt: Attempt }
  | { name: string; acknowledged: { revision: number; position: number; idempotent: boolean }[] }
  | { name: string; refused: string };

const callers = 16;
const { file, seed, death } = JSON.parse(process.argv[2]!) as Writer & { file: string };

const store = await openSqliteEventStore(file, 'step' in death ? { fault: { ...death, act: 'kill' } } : {});
report({ ready: true });
await new Promise(resolve => process.stdin.once('data', resolve));
const [first, ...others] = Array.from({ length: callers }, (_, index) => callerOf(seed, index + 1));
// Alone and with three events, so that a death at a boundary of the first append has its known place.
await act(first!, 3);
await Promise.all([first!, ...others].map(forEver));

async function forEver(next: ReturnType<typeof callerOf>): Promise<never> {
  for (;;) await act(next);
}

async function act(next: ReturnType<typeof callerOf>, events?: number): Promise<void> {
  const { attempt, stored } = next(events);
  const { name, appends, checks } = attempt;
  report({ attempt });
  try {
    const [only] = appends;
    const acknowledged =
      appends.length === 1 && checks.length === 0
        ? [await store.append(only!.stream, only!.events, only!.expected)]
        : await store.appendMany(appends, checks);
    report({ name, acknowledged });
    stored();
  } catch (error) {
    report({ name, refused: (error as Error).name });
  }
}

function report(what: Report): void {
  let bytes = Buffer.from(`${JSON.stringify(what)}\n`);
  while (bytes.length > 0) bytes = bytes.subarray(writeSync(3, bytes));
}
