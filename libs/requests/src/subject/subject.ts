import { refuse } from '#contracts';
import type { Aggregate, Decision, StepInput } from '#commands';
import type { SubjectEvent } from './subject.events.js';

export interface SubjectState {
  erasedOn: string | null;
}

/** A data subject (个人信息主体): whom the applicants of one or several requests are. It has no event before it is erased. */
export const dataSubject: Aggregate<SubjectState, SubjectEvent> = {
  stream: id => `requests.subject-${id}`,
  initial: { erasedOn: null },
  evolve: (state, event) => (event.type === 'SubjectErased' ? { erasedOn: event.data.erasedOn } : state),
};

/** The fact alone: whoever appended it destroys the key, and every start sees to it again (个人信息保护法 Art. 47). */
export const erase: Decision<StepInput & { id: string; why: string }, SubjectState, SubjectEvent> = (
  { id, why, occurredOn },
  state,
) =>
  state.erasedOn === null
    ? [{ type: 'SubjectErased', data: { subject: id, why, erasedOn: occurredOn } }]
    : refuse('conflict', 'erased-already', {
        zh: `这个个人信息主体已于 ${state.erasedOn} 删除。`,
        en: `This data subject was erased on ${state.erasedOn}.`,
      });
