import type { openSqliteEventStore } from '#event-store';
import { chanceOf } from '../chance.js';

type Fault = NonNullable<NonNullable<Parameters<typeof openSqliteEventStore>[1]>['fault']>;
type Step = NonNullable<Fault['step']>;

/** At a boundary between two statements, when it is reached for the `count`th time; or at a moment that nobody chose. */
export type Death = { step: Step; count: number } | { afterMs: number };

export interface Writer {
  seed: number;
  death: Death;
}

const steps: readonly Step[] = ['before-begin', 'after-begin', 'before-insert', 'after-insert', 'before-commit', 'after-commit'];
/** A writer's first append has three events: 2 is the one in the middle. */
const places = (step: Step) => (step.endsWith('insert') ? [1, 2] : [1]);
const boundaries: readonly Death[] = steps.flatMap(step => places(step).map(count => ({ step, count })));
const together = 4;

/** Writers that all die, one alone and four together in turns: first at every boundary, then under load, at boundaries and at random. */
export function planOf(seed: number, kills: number): Writer[][] {
  const chance = chanceOf(seed);
  const rounds: Writer[][] = [];
  const left = { 1: [...boundaries], [together]: [...boundaries] } as Record<number, Death[]>;
  const underLoad = (): Death => {
    if (chance.whole(0, 1) === 0) return { afterMs: chance.whole(0, 200) };
    const step = chance.of(steps);
    return { step, count: chance.whole(1, step.endsWith('insert') ? 600 : 60) };
  };
  for (let planned = 0; planned < kills;) {
    const size = Math.min(rounds.length % 2 === 0 ? 1 : together, kills - planned);
    rounds.push(
      Array.from({ length: size }, (_, index) => ({
        // No two alike: streams and events are named by it.
        seed: chance.whole(0, 0xffff) * 0x4000 + planned + index,
        death: left[size === 1 ? 1 : together]!.shift() ?? underLoad(),
      })),
    );
    planned += size;
  }
  return rounds;
}
