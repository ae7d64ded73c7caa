import { describe, expect, it } from '@jest/globals';
import { figureOf, notMeasured, percentile } from './figure.js';
import { inTurns, summaryOf } from './store/pairs.js';
import { markdownOf } from './table.js';

const atLeast = { of: 'ratio', atLeast: 0.8 } as const;

describe('a figure beside its baseline', () => {
  it('says that its aim is met, or missed', () => {
    const measured = { figure: 'reading', unit: 'events/s', value: 79, baseline: 100 };
    expect(figureOf(measured, atLeast)).toMatchObject({ ratio: 0.79, aim: 'ratio >= 0.8', met: false });
    expect(figureOf({ ...measured, value: 80 }, atLeast)).toMatchObject({ ratio: 0.8, met: true });
    expect(figureOf(measured, { of: 'ratio', atMost: 0.79 })).toMatchObject({ aim: 'ratio <= 0.79', met: true });
    expect(figureOf(measured, { of: 'ratio', atMost: 0.78 })).toMatchObject({ met: false });
    expect(figureOf(measured, { of: 'value', below: 79 })).toMatchObject({ met: false });
    expect(figureOf(measured)).toMatchObject({ aim: null, met: null });
  });

  it('misses an aim by a hair where rounding would show it met', () => {
    const measured = { figure: 'reading', unit: 'events/s', value: 79.96, baseline: 100 };
    expect(figureOf(measured, atLeast)).toMatchObject({ ratio: 0.8, met: false });
  });

  it('is neither met nor missed where it could not be taken, and says why', () => {
    const why = 'not measured: no compiler';
    expect(notMeasured({ figure: 'peer', unit: 'events/s', why }, atLeast)).toMatchObject({ value: null, met: null, note: why });
  });

  it('is the median of the ratios of the rounds, so that a slow round slows both', () => {
    expect(summaryOf({ ours: [50, 5, 60, 50, 40], beside: [100, 10, 100, 100, 100] })).toEqual({
      value: 50,
      baseline: 100,
      ratio: 0.5,
    });
  });

  it('is taken in turns, each way first in every other round, and what warms up does not count', async () => {
    const order: string[] = [];
    const way = (name: string) => ({ count: 1, prepare: () => () => order.push(name) });
    const { ours, beside } = await inTurns(3, way('ours'), way('beside'), 1);
    expect([ours.length, beside.length]).toEqual([3, 3]);
    expect(order).toEqual(['beside', 'ours', 'ours', 'beside', 'beside', 'ours', 'ours', 'beside']);
  });

  it('of many waits the one that ninety-nine of a hundred do not exceed', () => {
    const waits = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(percentile(waits, 0.99)).toBe(198);
    expect(percentile(waits, 0.5)).toBe(100);
  });

  it('stands in a row of the table that documents hold', () => {
    const table = markdownOf([figureOf({ figure: 'a', unit: 'ms', value: 1234.5, note: 'x | y' }, { of: 'value', below: 100 })]);
    expect(table.split('\n')).toEqual([
      '| figure | value | unit | baseline | ratio | aim | met | note |',
      '| --- | ---: | --- | ---: | ---: | --- | --- | --- |',
      '| a | 1,235 | ms | – | – | value < 100 | NO | x \\| y |',
    ]);
  });
});
