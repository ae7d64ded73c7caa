import { median } from '../figure.js';

/** Something done `count` times a round. What `prepare` makes ready is not measured, only what it returns. */
export interface Way {
  count: number;
  prepare(): () => Promise<unknown> | unknown;
}

/** How often per second, round by round. */
export interface Pairs {
  ours: number[];
  beside: number[];
}

/**
 * Two ways in turns, one right after the other and the other first in the next round: whatever else this machine does hits both. The first
 * rounds only warm up.
 */
export async function inTurns(rounds: number, ours: Way, beside: Way, warmUp = 2): Promise<Pairs> {
  const pairs: Pairs = { ours: [], beside: [] };
  for (let round = -warmUp; round < rounds; round += 1) {
    const turn = round % 2 === 0 ? (['ours', 'beside'] as const) : (['beside', 'ours'] as const);
    for (const whose of turn) {
      const speed = await speedOf(whose === 'ours' ? ours : beside);
      if (round >= 0) pairs[whose].push(speed);
    }
  }
  return pairs;
}

async function speedOf({ count, prepare }: Way): Promise<number> {
  const act = prepare();
  const begun = performance.now();
  await act();
  return (count / (performance.now() - begun)) * 1000;
}

/** Of the rounds' own ratios the median: a machine that was slow for a while was slow for both. */
export function summaryOf({ ours, beside }: Pairs): { value: number; baseline: number; ratio: number } {
  return {
    value: median(ours),
    baseline: median(beside),
    ratio: median(ours.map((speed, round) => speed / beside[round]!)),
  };
}
