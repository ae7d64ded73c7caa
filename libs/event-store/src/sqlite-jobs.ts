import type { Appended, Expected, StreamCheck } from './port.js';
import type { Prepared } from './prepare.js';

/** One append on its way to the writing thread. */
export interface Job {
  number: number;
  /** Milliseconds since the epoch: what has not begun by then is given up, and was not stored. */
  until: number;
  appends: readonly Prepared[];
  checks: readonly StreamCheck[];
}

/** What became of it; what an error was is said in words that pass between threads. */
export type Answer = { number: number } & ({ appended: Appended[] } | { failure: Failure });

export interface Failure {
  name: string;
  message: string;
  fields: Record<string, unknown>;
}

/** Arrays of plain values pass between threads at half the cost of the objects they stand for. */
export type Flat = unknown[];

export function flattenJobs(jobs: readonly Job[]): Flat {
  const flat: Flat = [];
  for (const { number, until, appends, checks } of jobs) {
    flat.push(number, until, appends.length);
    for (const { stream, expected, events } of appends) {
      flat.push(stream, expected, events.length);
      for (const { id, type, version, data, metadata } of events) flat.push(id, type, version, data, metadata);
    }
    flat.push(checks.length);
    for (const { stream, expected } of checks) flat.push(stream, expected);
  }
  return flat;
}

export function restoreJobs(flat: Flat): Job[] {
  const jobs: Job[] = [];
  let at = 0;
  const next = <T>() => flat[at++] as T;
  const several = <T>(one: () => T): T[] => {
    const count = next<number>();
    const all: T[] = [];
    for (let index = 0; index < count; index++) all.push(one());
    return all;
  };
  const event = () => ({
    id: next<string>(),
    type: next<string>(),
    version: next<number>(),
    data: next<string>(),
    metadata: next<string>(),
  });
  while (at < flat.length) {
    jobs.push({
      number: next(),
      until: next(),
      appends: several(() => ({ stream: next<string>(), expected: next<Expected>(), events: several(event) })),
      checks: several(() => ({ stream: next<string>(), expected: next<StreamCheck['expected']>() })),
    });
  }
  return jobs;
}

/** Numbers pass between threads as they lie in memory. */
export interface FlatAnswers {
  numbers: Float64Array;
  failures?: { number: number; failure: Failure }[];
}

export function flattenAnswers(answers: readonly Answer[]): FlatAnswers {
  const numbers: number[] = [];
  const failures: FlatAnswers['failures'] = [];
  for (const answer of answers) {
    if ('failure' in answer) {
      failures.push(answer);
      continue;
    }
    numbers.push(answer.number, answer.appended.length);
    for (const { revision, position, idempotent } of answer.appended) numbers.push(revision, position, idempotent ? 1 : 0);
  }
  return { numbers: Float64Array.from(numbers), ...(failures.length > 0 ? { failures } : {}) };
}

export function restoreAnswers({ numbers, failures = [] }: FlatAnswers): Answer[] {
  const answers: Answer[] = [...failures];
  for (let at = 0; at < numbers.length;) {
    const number = numbers[at++]!;
    const appended: Appended[] = [];
    for (let left = numbers[at++]!; left > 0; left--) {
      appended.push({ revision: numbers[at++]!, position: numbers[at++]!, idempotent: numbers[at++] === 1 });
    }
    answers.push({ number, appended });
  }
  return answers;
}
