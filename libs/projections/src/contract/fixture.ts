import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReadStore } from '../read-store.js';
import { type Assertion, groundsOn, type Subject } from './grounds.js';

/** Where an engine keeps views, empty at first, and what can be done to it from outside. */
export interface Fixture {
  /** Opens them, again and again the same ones until `clean`. */
  open(): Promise<ReadStore>;
  clean(): Promise<void>;
  /** From now on nothing can be read or written there, until `mend`. */
  breakOff(): Promise<void>;
  mend(): Promise<void>;
  /** For another process: a module whose `openViews(argument)` opens them. */
  opener: { module: string; argument: string };
}

/** An engine under the contract. */
export interface Adapter {
  name: string;
  fixture(): Promise<Fixture>;
  /** What the engine cannot meet or does not have, by assertion, with the reason. Never a failure in disguise. */
  declared: Readonly<Record<string, string>>;
}

const idLength = 'PR-01'.length;
const withinMs = 300_000;

/** Of every engine: what is measured. */
const figures = {
  'PR-41':
    'a figure and no test, taken by `npm run bench projections`: the memory of a build of 1M events; that pages end at so many bytes is ES-32',
  'PR-42':
    'a figure and no test, taken by `npm run bench projections`: a timed test fails on a busy machine and proves nothing on a quiet one',
};

/** Runs assertions for an adapter: `table` maps "PR-01 title" to what must hold. */
export function runContract(adapter: Adapter, table: Readonly<Record<string, Assertion>>): void {
  const declared: Readonly<Record<string, string>> = { ...figures, ...adapter.declared };
  describe(`projections: ${adapter.name}`, () => {
    let subject: Subject;
    beforeEach(async () => {
      subject = await groundsOn(await adapter.fixture());
    }, withinMs);
    afterEach(() => subject.close(), withinMs);

    for (const [title, assertion] of Object.entries(table))
      if (!(title.slice(0, idLength) in declared)) it(title, () => assertion(subject), withinMs);
    // What is declared is said, and must be said for a reason.
    for (const [id, reason] of Object.entries(declared))
      it(`${id} declared: ${reason}`, () => expect(reason.length).toBeGreaterThan(20));
  });
}
