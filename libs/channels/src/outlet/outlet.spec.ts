import { describe, expect, it } from '@jest/globals';
import { given } from '../given.js';
import type { OutletEvent } from './outlet.events.js';
import { outlet, register, retier, tierOn } from './outlet.js';

const registered: OutletEvent = {
  type: 'OutletRegistered',
  data: { outletId: 'daily', name: '四川日报', tier: 'provincial', tierName: '省级媒体', from: '2010-01-01' },
};
const command = { id: 'daily', name: '四川日报', tier: 'provincial', from: '2010-01-01' };

describe('An outlet', () => {
  it('is registered once, with the name of its tier', () => {
    expect(given(outlet).when(register(), command)).toEqual([registered]);
    expect(given(outlet, registered).when(register(), command)).toMatchObject({ refused: 'conflict', name: 'outlet-exists' });
  });

  it('of a new tier says what the tier is called; of a tier in use it need not', () => {
    expect(given(outlet).when(register(), { ...command, tier: 'city' })).toMatchObject({
      refused: 'invalid',
      name: 'tier-name-missing',
    });
    expect(given(outlet).when(register(), { ...command, tier: 'city', tierName: '市级媒体' })).toMatchObject([
      { data: { tier: 'city', tierName: '市级媒体' } },
    ]);
    expect(given(outlet).when(register('市级媒体'), { ...command, tier: 'city' })).toMatchObject([
      { data: { tierName: '市级媒体' } },
    ]);
  });

  it('changes its tier from a day on; before that day it keeps the old one', () => {
    const retiered: OutletEvent = {
      type: 'OutletRetiered',
      data: { outletId: 'daily', tier: 'central', tierName: '中央主流媒体', from: '2013-05-01' },
    };
    expect(given(outlet, registered).when(retier(), { id: 'daily', tier: 'central', from: '2013-05-01' })).toEqual([retiered]);
    const { tiers } = given(outlet, registered, retiered).state;
    expect(['2009-12-31', '2013-04-30', '2013-05-01'].map(day => tierOn(tiers, day)?.tier)).toEqual([
      undefined,
      'provincial',
      'central',
    ]);
  });

  it('that is not registered has no tier to change', () => {
    expect(given(outlet).when(retier(), { id: 'daily', tier: 'central', from: '2013-05-01' })).toMatchObject({
      refused: 'missing',
      name: 'outlet-unknown',
    });
  });
});
