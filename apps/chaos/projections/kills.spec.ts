import { describe, expect, it } from '@jest/globals';
import { killRunners } from './kills.js';
import { planOf, points } from './plan.js';

const seed = 20130420;
/** On a busy machine a hundred processes take long to start. */
const withinMs = 300_000;

describe('projections: SQLite', () => {
  it(
    'PR-01 a hundred processes are killed or stopped in the middle of events, commits, rebuilds and switches: every view is the fold of the log',
    async () => {
      const told: string[] = [];
      const { acknowledged, met, ...outcome } = await killRunners({ kills: 100, seed }, sentence => told.push(sentence));
      expect({ ...outcome, told: told.filter(sentence => !/^\d+\//.test(sentence)) }).toEqual({
        kills: 100,
        seed,
        lost: 0,
        phantom: 0,
        differ: 0,
        told: [],
      });
      expect(acknowledged).toBeGreaterThan(500);
      // Each was reached by whoever was to fall there, and not only planned.
      for (const signal of ['SIGKILL', 'SIGSTOP'] as const) expect(Object.keys(met[signal]).sort()).toEqual([...points].sort());
    },
    withinMs,
  );

  it('PR-01 the plan of a seed is always the same', () => {
    expect(planOf(seed, 100)).toEqual(planOf(seed, 100));
    expect(planOf(seed, 100)).not.toEqual(planOf(seed + 1, 100));
    expect(planOf(seed, 7).flat()).toHaveLength(7);
  });
});
