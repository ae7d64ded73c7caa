import type { Outcome } from './operate.js';
import type { Operations } from './operations.js';
import type { DeadLetterCount } from './read-store.js';

type Said = Pick<Outcome, 'ok' | 'zh' | 'en' | 'generation'>;

/** Accounted for is not digested: what a generation has only put aside is said with what was done to it. */
export async function withLetters<S extends Said>(
  { readStore, log }: Pick<Operations, 'readStore' | 'log'>,
  projection: string,
  done: S,
): Promise<S> {
  const { generation } = done;
  if (!done.ok || generation === undefined) return done;
  let counts: DeadLetterCount[];
  try {
    counts = await readStore.countDeadLetters({ projection, generation, states: ['blocking', 'parked', 'waiting'] });
  } catch (err) {
    // What was done is done, whether they can be counted or not.
    log.error({ projection, generation, err }, 'dead letters could not be counted');
    return { ...done, zh: `${done.zh}死信未能清点。`, en: `${done.en} Dead letters could not be counted.` };
  }
  const waiting = counts.reduce((sum, { count }) => sum + count, 0);
  if (waiting === 0) return done;
  return {
    ...done,
    zh: `${done.zh}死信 ${waiting} 件：这些事件尚未反映在其中。`,
    en: `${done.en} Dead letters: ${waiting}; these events are not in it yet.`,
  };
}
