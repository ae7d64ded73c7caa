import { chanceOf } from '../chance.js';

/** Where a process of the room falls; each is met for the `count`th time. */
export const points = [
  // Between two events of a page, and between the two documents of one.
  'between-events',
  'within-event',
  // Statement by statement of the transaction that holds documents, dead letters and checkpoint.
  'before-checkpoint',
  'after-checkpoint',
  'before-effect',
  'after-effect',
  'before-letter',
  'after-letter',
  'before-commit',
  'after-commit',
  // A rebuild beside the live view, from its first step to the switch.
  'after-create',
  'while-building',
  'before-finish',
  'after-finish',
  'before-catching-up',
  'after-catching-up',
  'before-verifying',
  'while-verifying',
  'before-ready',
  'after-ready',
  'before-switch',
  'after-switch',
] as const;
export type Point = (typeof points)[number];

export interface Fall {
  point: Point;
  count: number;
  signal: 'SIGKILL' | 'SIGSTOP';
}

/** A process that runs the projections until it falls, or for so long after it began where nobody chose a place. */
export interface Runner {
  pageEvents: number;
  /** Rebuilds, again and again, beside running. */
  rebuilds: boolean;
  fall: Fall | { afterMs: number };
}

/** Processes on the same files. The first of a round that is stopped is woken once the other has had time to take its place; then both are killed. */
export type Round = readonly Runner[];

const often: Partial<Record<Point, number>> = {
  'between-events': 40,
  'within-event': 40,
  'before-effect': 30,
  'after-effect': 30,
  'before-checkpoint': 12,
  'after-checkpoint': 12,
  'before-commit': 12,
  'after-commit': 12,
  'before-letter': 3,
  'after-letter': 3,
  'while-building': 8,
  'while-verifying': 3,
};
const isOfRebuild = (point: Point) => points.indexOf(point) >= points.indexOf('after-create');
const together = 2;

/** Rounds of two: in turns both killed, or one stopped and its relief killed; first at every point, then at any. */
export function planOf(seed: number, kills: number): Round[] {
  const chance = chanceOf(seed);
  const left = { SIGKILL: shuffled(points), SIGSTOP: shuffled(points) };

  function shuffled(all: readonly Point[]): Point[] {
    return all
      .map(point => ({ point, order: chance.whole(0, 1 << 30) }))
      .sort((a, b) => a.order - b.order)
      .map(({ point }) => point);
  }
  function falling(signal: Fall['signal']): Runner {
    const first = left[signal].shift();
    const point = first ?? chance.of(points);
    const count = chance.whole(1, first ? 1 : (often[point] ?? 1));
    return runner({ point, count, signal }, isOfRebuild(point));
  }
  function runner(fall: Runner['fall'], rebuilds: boolean): Runner {
    // A rebuild reads the whole log: in single events it would not come to its end in time.
    return { fall, rebuilds, pageEvents: rebuilds ? chance.whole(20, 100) : chance.whole(1, 12) };
  }

  const rounds: Round[] = [];
  for (let planned = 0; planned < kills; planned += together) {
    const stopping = rounds.length % 2 === 1;
    const first = falling(stopping ? 'SIGSTOP' : 'SIGKILL');
    const second = stopping ? runner({ afterMs: chance.whole(0, 200) }, chance.whole(0, 1) === 1) : falling('SIGKILL');
    rounds.push(planned + together <= kills ? [first, second] : [first]);
  }
  return rounds;
}
