import type { Doc, ProjectionSchema, View } from './projection.js';

/**
 * Where projections keep their documents, their checkpoints and what they could not digest: one store per room. What holds on
 * every engine:
 *
 * - A document holds exactly the events of its key up to its `position` that were neither parked nor skipped. Whoever writes it
 *   again from there comes to the same bytes, so a repeated or late write changes nothing.
 * - A checkpoint never passes an event that was not applied, parked or skipped. It moves by compare-and-set, under a fence.
 * - Readers see one generation at a time, and that one whole.
 */
export interface ReadStore {
  /** Documents, dead letters and checkpoint commit together. Else documents come first, each guarded by its own position and fence. */
  readonly atomic: boolean;

  /** Every generation of every projection, by name and number. */
  generations(): Promise<Generation[]>;
  /** A new one, empty, with `parts` checkpoints at 0. `active` only where the projection has no active one: false otherwise. */
  create(projection: ProjectionSchema, wanted: NewGeneration): Promise<Generation | null>;
  /**
   * Moves it from one of these states to another; of `note` what is given is noted anew, and what is given as undefined forgotten. False where
   * it is in none of them any more. Never to `active`: see `activate`.
   */
  move(at: Ref, from: readonly GenerationState[], to: GenerationState, note?: GenerationNote): Promise<boolean>;
  /**
   * Several checkpoints at the same position become `parts` of them; the sum of what they counted goes to the first. `fence` is that of
   * part 0's lease; the leases of all other parts, old and new, go on with their next fence and no owner. False under a newer fence,
   * or where the checkpoints do not stand together.
   */
  repart(at: Ref, parts: number, fence: number): Promise<boolean>;
  /** Builds the indexes and the search of a generation that was loaded without them. Again is harmless. */
  finish(projection: ProjectionSchema, at: Ref): Promise<void>;
  /**
   * Readers see this one from now on; the one they saw until now is `retiring`, and what was `retiring` is dropped. One step: no
   * reader sees none. False where it is not in one of `from`.
   */
  activate(at: Ref, from: readonly GenerationState[]): Promise<boolean>;
  /** Takes it away with its documents, checkpoints and dead letters. False for the active one. */
  drop(at: Ref): Promise<boolean>;
  /** Nothing of this projection moves until it is resumed; null resumes. */
  pause(projection: string, paused: Paused | null): Promise<void>;
  paused(): Promise<Map<string, Paused>>;

  lease(name: string): Promise<Lease | null>;
  /** Compare-and-set of a whole lease; `seen` null where there was none. */
  swapLease(name: string, seen: Lease | null, next: Lease): Promise<boolean>;

  /**
   * Documents as they stand, by id; a removed one with `doc` null while its position still matters. A collection that a generation of
   * another version was made without is empty, here and in `page`.
   */
  read(projection: ProjectionSchema, at: Ref, collection: string, ids: readonly string[]): Promise<Map<string, KeptDoc>>;
  /** All documents of a collection in the order of their ids (code units), `limit` after `after`. Removed ones are left out. */
  page(projection: ProjectionSchema, at: Ref, collection: string, after: string | null, limit: number): Promise<KeptDoc[]>;
  /**
   * @throws StaleFence the part's lease (`leaseOf`) or its checkpoint has a newer fence than the batch, or the checkpoint is not at `from`,
   * or is gone; nothing of an atomic store was written
   */
  commit(projection: ProjectionSchema, at: Ref, batch: Batch): Promise<void>;
  deadLetters(where?: DeadLettersWhere): Promise<DeadLetter[]>;
  /** However many there are, none of them is read. */
  countDeadLetters(where?: DeadLettersWhere): Promise<DeadLetterCount[]>;

  /** Reading one generation, also one that is not seen yet. @throws GenerationGone from its calls */
  view(projection: ProjectionSchema, at: Ref): View;
  close(): Promise<void>;
}

export interface Ref {
  projection: string;
  generation: number;
}

/**
 * `building`: from the first event to where the log ended then; `catching-up`: on to the head; `verifying`; `ready`: complete and
 * followed, not yet seen; `active`: what readers see; `retiring`: what they saw before, followed on for a rollback; `failed`: gave
 * up, with the error.
 */
export type GenerationState = 'building' | 'catching-up' | 'verifying' | 'ready' | 'active' | 'retiring' | 'failed';

export interface NewGeneration {
  parts: number;
  /** Head of the log when it was begun. */
  goal: number;
  state: 'building' | 'active';
  note?: GenerationNote;
}

export interface Generation extends Ref {
  version: number;
  state: GenerationState;
  goal: number;
  checkpoints: Checkpoint[];
  note: GenerationNote;
}

/** Plain JSON, whatever the process of building and verifying has to say. */
export interface GenerationNote {
  /** Once verified it waits for an operator's switch. */
  hold?: boolean;
  /** Position of the order it was begun by. */
  order?: number;
  error?: string | undefined;
  verification?: Verification | undefined;
}

export interface Verification {
  /** Position at which it was verified. */
  position: number;
  passed: boolean;
  /** Per type: events in the log and events accounted for, where they differ. */
  missing: { type: string; stored: number; seen: number }[];
  sampled: number;
  /** Documents that are not the fold of their events. */
  differing: { collection: string; id: string }[];
  /** Events parked or waiting here, of keys that the active generation has digested. */
  undigested: number;
  /** Against the active generation: documents per collection, and how many are only here, only there, or different. */
  against?: {
    generation: number;
    collections: Record<string, { here: number; there: number; added: number; gone: number; changed: number }>;
    examples: string[];
  };
}

/** One part of a generation: the events whose key falls to it. */
export interface Checkpoint {
  part: number;
  position: number;
  tally: Tally;
  /** Fence of whoever moved it last. */
  fence: number;
}

/**
 * What proves that nothing was left out: per type of event how many were accounted for (applied, parked or skipped), and the sum of
 * their mixed positions (mod 2^32), which differs where one was missed and another met twice.
 */
export type Tally = Record<string, { count: number; sum: number }>;

export interface Paused {
  by: string;
  /** An instant in UTC. */
  at: string;
  reason: string;
}

/** Who may write a part now. A candidate who saw the same `beat` for the lease's length by its own clock takes it with the next fence. */
export interface Lease {
  owner: string | null;
  fence: number;
  beat: number;
  /** For people: an instant in UTC. */
  beatAt: string;
}

/** Name of the lease under which a part of a generation is written. */
export function leaseOf({ projection, generation }: Ref, part: number): string {
  return `${projection}/${generation}/${part}`;
}

export interface KeptDoc {
  id: string;
  key: string;
  /** Of the last event that changed it. */
  position: number;
  doc: Doc | null;
}

export interface Write extends KeptDoc {
  collection: string;
}

/** What one step of a runner stores. */
export interface Batch {
  part: number;
  fence: number;
  /** Where the checkpoint stands, and where it goes. The same twice: documents are repaired where they stand. */
  from: number;
  to: number;
  /** One per document. */
  writes: readonly Write[];
  /** As it is after this batch. */
  tally: Tally;
  /** New ones, and old ones as they are from now on, by position. */
  deadLetters?: readonly DeadLetter[];
  /** Documents are written whatever position they have: the key is the writer's alone, under this fence. */
  repair?: boolean;
}

/**
 * An event that could not be projected, or waits behind one of its key. `blocking`: the projection stands before it; `parked`: failed,
 * its key waits; `waiting`: behind a parked one; `skipped`: left out with a reason; `applied`: after a retry.
 */
export interface DeadLetter {
  projection: string;
  generation: number;
  version: number;
  position: number;
  key: string;
  stream: string;
  revision: number;
  type: string;
  eventId: string;
  state: 'blocking' | 'parked' | 'waiting' | 'skipped' | 'applied';
  /** Empty for `waiting`. */
  error: string;
  attempts: number;
  /** Instants in UTC. */
  firstAt: string;
  lastAt: string;
  /** Who skipped it, and why. */
  by?: string;
  reason?: string;
}

export interface DeadLetterCount extends Ref {
  state: DeadLetter['state'];
  count: number;
}

export interface DeadLettersWhere {
  projection?: string;
  generation?: number;
  states?: readonly DeadLetter['state'][];
}

/** Another owner has a newer fence, or moved the checkpoint: what this one holds in memory is void. */
export class StaleFence extends Error {
  override readonly name = 'StaleFence';
}

/** The generation that a reader had in hand was dropped: take the active one and read again. */
export class GenerationGone extends Error {
  override readonly name = 'GenerationGone';
}
