import { type designatePerson, refuse, type registerUnit } from '#contracts';
import type { Aggregate, Decision } from '#commands';
import type { z } from 'zod';
import type { Designation, UnitEvent } from './unit.events.js';

export interface UnitState {
  registered: boolean;
  designations: readonly Designation[];
}

export const unit: Aggregate<UnitState, UnitEvent> = {
  stream: id => `catalogue.unit-${id}`,
  initial: { registered: false, designations: [] },
  evolve(state, event) {
    switch (event.type) {
      case 'UnitRegistered':
        return { ...state, registered: true };
      case 'PersonDesignated':
        return { ...state, designations: designated(state.designations, event.data) };
      default:
        return state;
    }
  },
};

/** Several may be designated at once; naming the same person from the same day again corrects the end. */
export function designated(before: readonly Designation[], { person, from, to }: Designation): Designation[] {
  const others = before.filter(one => one.person !== person || one.from !== from);
  return [...others, { person, from, ...(to === undefined ? {} : { to }) }].sort((a, b) => a.from.localeCompare(b.from));
}

export const register: Decision<z.infer<(typeof registerUnit)['input']>, UnitState, UnitEvent> = (command, state) => {
  if (state.registered)
    return refuse('conflict', 'unit-exists', {
      zh: `单位 ${command.id} 已经登记。`,
      en: `Unit ${command.id} is registered already.`,
    });
  return [{ type: 'UnitRegistered', data: { unitId: command.id, name: command.name, kind: command.kind } }];
};

export const designate: Decision<z.infer<(typeof designatePerson)['input']>, UnitState, UnitEvent> = (command, state) => {
  if (!state.registered)
    return refuse('missing', 'unit-unknown', { zh: `没有单位 ${command.id}。`, en: `There is no unit ${command.id}.` });
  if (command.to !== undefined && command.to < command.from) {
    return refuse(
      'invalid',
      'designation-reversed',
      { zh: '指定的结束日期早于开始日期。', en: 'The designation ends before it begins.' },
      { issues: [{ path: 'to', zh: '不能早于 from', en: 'must not lie before from' }] },
    );
  }
  return [{ type: 'PersonDesignated', data: { unitId: command.id, person: command.person, from: command.from, to: command.to } }];
};
