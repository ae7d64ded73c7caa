import { describe, expect, it } from '@jest/globals';
import { catalogueEvents } from '#contracts';
import type { Decision } from '#commands';
import type { UnitEvent } from './unit.events.js';
import { designate, register, unit, type UnitState } from './unit.js';

const publisher = { person: 'wang', name: '王', roles: ['publisher'] as const };
const given = (...events: UnitEvent[]) => ({
  state: () => stateAfter(events),
  when: <C>(decide: Decision<C, UnitState, UnitEvent>, command: C) =>
    decide({ ...command, actor: publisher, today: '2013-04-25', occurredOn: '2013-04-25' }, stateAfter(events)),
});
const stateAfter = (events: readonly UnitEvent[]) => events.reduce((state, event) => unit.evolve(state, event), unit.initial);

const registered: UnitEvent = { type: 'UnitRegistered', data: { unitId: 'jiuzai', name: '救灾处', kind: 'internal' } };
const designated = (person: string, from: string, to?: string): UnitEvent => ({
  type: 'PersonDesignated',
  data: { unitId: 'jiuzai', person, from, ...(to === undefined ? {} : { to }) },
});

describe('A unit of the reporting network', () => {
  it('is registered with its name and kind', () => {
    expect(given().when(register, { id: 'jiuzai', name: '救灾处', kind: 'internal' })).toEqual([registered]);
    expect(catalogueEvents.UnitRegistered.data.parse(registered.data)).toEqual(registered.data);
  });

  it('is registered once', () => {
    expect(given(registered).when(register, { id: 'jiuzai', name: '救灾处', kind: 'internal' })).toMatchObject({
      refused: 'conflict',
      name: 'unit-exists',
    });
  });

  it('designates the person who reports for it, with the day it begins', () => {
    expect(given(registered).when(designate, { id: 'jiuzai', person: '专人甲', from: '2013-01-01' })).toEqual([
      designated('专人甲', '2013-01-01'),
    ]);
  });

  it('is registered before it designates anyone', () => {
    expect(given().when(designate, { id: 'jiuzai', person: '专人甲', from: '2013-01-01' })).toMatchObject({
      refused: 'missing',
      name: 'unit-unknown',
    });
  });

  it('does not end a designation before it begins; one day is possible', () => {
    expect(
      given(registered).when(designate, { id: 'jiuzai', person: '专人甲', from: '2013-01-02', to: '2013-01-01' }),
    ).toMatchObject({
      refused: 'invalid',
      name: 'designation-reversed',
      issues: [{ path: 'to' }],
    });
    expect(
      given(registered).when(designate, { id: 'jiuzai', person: '专人甲', from: '2013-01-02', to: '2013-01-02' }),
    ).toHaveLength(1);
  });

  it('may have several persons at once; naming one again from the same day corrects the end', () => {
    expect(
      given(
        registered,
        designated('专人乙', '2013-03-01'),
        designated('专人甲', '2013-01-01'),
        designated('专人甲', '2013-01-01', '2013-06-30'),
      ).state().designations,
    ).toEqual([
      { person: '专人甲', from: '2013-01-01', to: '2013-06-30' },
      { person: '专人乙', from: '2013-03-01' },
    ]);
  });
});
