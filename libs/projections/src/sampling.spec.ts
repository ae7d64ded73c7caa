import { describe, expect, it } from '@jest/globals';
import { sampleOf } from './sampling.js';

const many = Array.from({ length: 5_000 }, (_, index) => `catalogue.record-${index}`);

describe('A sample of keys', () => {
  it('is the same for the same seed, in whatever order and however often they are met', () => {
    const [one, other] = [sampleOf(20, 7), sampleOf(20, 7)];
    for (const value of many) one.offer(value);
    for (const value of [...many.toReversed(), ...many]) other.offer(value);
    expect(one.values.size).toBe(20);
    expect(new Set(other.values)).toEqual(new Set(one.values));
  });

  it('is another for another seed, and comes to every part of what there is', () => {
    const met = new Set<string>();
    for (let seed = 1; seed <= 50; seed++) {
      const sample = sampleOf(20, seed);
      for (const value of many) sample.offer(value);
      for (const value of sample.values) met.add(value);
    }
    // A thousand draws of five thousand: some nine hundred are distinct, and each hundredth of them is met.
    expect(met.size).toBeGreaterThan(800);
    expect(new Set([...met].map(value => Math.floor(Number(value.slice(17)) / 500))).size).toBe(10);
  });

  it('holds all there is where there is less', () => {
    const sample = sampleOf(20, 1);
    for (const value of ['a', 'b', 'a']) sample.offer(value);
    expect([...sample.values].sort()).toEqual(['a', 'b']);
  });
});
