import type { Actor, Refusal } from '#contracts';

/** What a decision knows of the outside: who asks and when. No clock, no randomness: they arrive here. */
export interface Circumstances {
  actor: Actor;
  /** Today in the authority's time zone. */
  today: string;
  /** When the step happened: today, or a past day that the actor may record late. */
  occurredOn: string;
}

export interface DomainEvent {
  type: string;
  data: Record<string, unknown>;
}

/** `(command, state) → events | refusal`, named as the verb. */
export type Decision<C, S, E extends DomainEvent> = (command: C & Circumstances, state: S) => readonly E[] | Refusal;

/** An aggregate's rules: where it starts and how each event changes it. `evolve` is total and never throws. */
export interface Aggregate<S, E extends DomainEvent> {
  /** Stream name for an id. */
  stream(id: string): string;
  initial: S;
  evolve(state: S, event: E): S;
}

/** The step fields of every command, and whom its personal data is about. */
export interface StepInput {
  occurredOn?: string | undefined;
  source?: string | undefined;
  reason?: string | undefined;
  dataSubject?: string | undefined;
}
