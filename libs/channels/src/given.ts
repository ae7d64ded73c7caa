import type { Aggregate, Circumstances, Decision, DomainEvent } from '#commands';

const officer: Circumstances = {
  actor: { person: 'wang', name: '王芳', roles: ['publisher'] },
  today: '2013-12-31',
  occurredOn: '2013-12-31',
};

/** For specs: given events, when a command, then events or a refusal. */
export function given<S, E extends DomainEvent>(aggregate: Aggregate<S, E>, ...events: NoInfer<E>[]) {
  const state = events.reduce((before, event) => aggregate.evolve(before, event), aggregate.initial);
  return {
    state,
    when: <C>(decide: Decision<C, S, E>, command: C & Partial<Circumstances>) => decide({ ...officer, ...command }, state),
  };
}
