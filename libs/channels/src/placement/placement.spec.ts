import { describe, expect, it } from '@jest/globals';
import { given } from '../given.js';
import { outlet } from '../outlet/outlet.js';
import type { PlacementEvent } from './placement.events.js';
import { placement, register, withdraw } from './placement.js';

const daily = given(
  outlet,
  { type: 'OutletRegistered', data: { outletId: 'daily', name: '四川日报', tier: 'provincial', from: '2010-01-01' } },
  { type: 'OutletRetiered', data: { outletId: 'daily', tier: 'central', from: '2013-05-01' } },
).state;
const command = { outlet: 'daily', title: '抗震救灾', occurredOn: '2013-04-25' };
const registered: PlacementEvent = {
  type: 'PlacementRegistered',
  data: {
    placementId: 'p1',
    outlet: 'daily',
    outletName: '四川日报',
    tier: 'provincial',
    title: '抗震救灾',
    placedOn: '2013-04-25',
  },
};

describe('A placement in the press', () => {
  it('is counted under the tier its outlet had on the day', () => {
    expect(given(placement).when(register('p1', daily), command)).toEqual([registered]);
    expect(given(placement).when(register('p1', daily), { ...command, occurredOn: '2013-05-02' })).toMatchObject([
      { data: { tier: 'central' } },
    ]);
  });

  it('names an outlet that is registered and had a tier by then', () => {
    expect(given(placement).when(register('p1', outlet.initial), command)).toMatchObject({
      refused: 'missing',
      name: 'outlet-unknown',
    });
    expect(given(placement).when(register('p1', daily), { ...command, occurredOn: '2009-12-31' })).toMatchObject({
      refused: 'conflict',
      name: 'outlet-not-yet',
    });
  });

  it('is not entered twice', () => {
    expect(given(placement).when(register('p2', daily, 'p1'), command)).toMatchObject({
      refused: 'conflict',
      name: 'already-registered',
      detail: { id: 'p1' },
    });
  });

  it('entered in error is struck once, with the reason', () => {
    const struck: PlacementEvent = {
      type: 'PlacementWithdrawn',
      data: { placementId: 'p1', tier: 'provincial', placedOn: '2013-04-25', withdrawnOn: '2013-12-31', why: '重复' },
    };
    expect(given(placement, registered).when(withdraw, { id: 'p1', why: '重复' })).toEqual([struck]);
    expect(given(placement, registered, struck).when(withdraw, { id: 'p1', why: '重复' })).toMatchObject({
      name: 'already-withdrawn',
    });
    expect(given(placement).when(withdraw, { id: 'p1', why: '重复' })).toMatchObject({
      refused: 'missing',
      name: 'placement-unknown',
    });
  });
});
