import { describe, expect, it } from '@jest/globals';
import { killWriters } from './kills.js';
import { planOf } from './plan.js';

const seed = 20130508;

/** On a busy machine a hundred processes take long to start. */
const withinMs = 300_000;

// Four processes prove no less than three: that is how many the other suites of this adapter have.
describe('event store: SQLite, three processes on one file', () => {
  it(
    'ES-60 a hundred writers, alone and four at a time, are killed at every statement of an append and at random: what was acknowledged is there, what is absent never was',
    async () => {
      const told: string[] = [];
      const { acknowledged, ...outcome } = await killWriters({ kills: 100, seed }, sentence => told.push(sentence));
      expect({ ...outcome, told: told.filter(sentence => !/^\d+\//.test(sentence)) }).toEqual({
        kills: 100,
        seed,
        lost: 0,
        phantom: 0,
        differ: 0,
        told: [],
      });
      expect(acknowledged).toBeGreaterThan(1_000);
    },
    withinMs,
  );

  it('ES-60 the plan of a seed is always the same, and meets every boundary with one writer and with four', () => {
    expect(planOf(seed, 100)).toEqual(planOf(seed, 100));
    expect(planOf(seed, 100)).not.toEqual(planOf(seed + 1, 100));
    for (const size of [1, 4]) {
      const deaths = planOf(seed, 100).filter(round => round.length === size);
      const met = new Set(deaths.flat().map(({ death }) => ('step' in death ? `${death.step} ${death.count}` : 'random')));
      for (const step of ['before-begin', 'after-begin', 'before-insert', 'after-insert', 'before-commit', 'after-commit']) {
        expect(met).toContain(`${step} 1`);
      }
      expect(met).toContain('before-insert 2');
      expect(met).toContain('after-insert 2');
      expect(met).toContain('random');
    }
  });
});
