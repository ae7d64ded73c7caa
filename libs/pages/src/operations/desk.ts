import type { Actor, Refusal } from '#contracts';
import type { DeadLetter, Outcome, PastOrder, ProjectionStatus } from '#projections';
import type { AskHouse, Here } from '../site.js';

/** An operator at the desk: who asks, with whose token, and what was ordered by the form just sent. */
export interface Desk {
  here: Here;
  ask: AskHouse;
  actor: Actor;
  /** An auditor may look only. */
  mayOrder: boolean;
  /** New for every page: a form that is sent twice is one order. */
  formKey: string;
  said?: Outcome | Refusal;
}

export interface Listed<T> {
  total: number;
  items: (T & { room?: string })[];
  /** Rooms that did not answer. */
  silent?: string[];
}

export type ProjectionDetail = ProjectionStatus & { orders: PastOrder[] };
export type { DeadLetter, ProjectionStatus };
