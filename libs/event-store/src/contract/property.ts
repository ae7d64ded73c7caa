import { expect } from '@jest/globals';
import fc from 'fast-check';
import { memoryEventStore } from '../memory-store.js';
import type { Assertion } from './fixture.js';
import { type Operation, operation, performing, type Side } from './operations.js';

const operations = 10_000;
/** On the same streams: long enough for them to meet each other, short enough that not all of them are deleted for good. */
const round = 500;

/** ES-64: random operations on the engine and on the model give the same answers; in rounds, each with streams of its own. */
export const property: Record<string, Assertion> = {
  [`ES-64 ${operations} random operations are answered as the in-memory model answers them`]: async subject => {
    const { store, stream } = subject;
    const seed = Number(process.env['GONGKAI_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    process.stdout.write(`ES-64 ${stream('')} GONGKAI_SEED=${seed}\n`);
    const script = fc.sample(operation, { numRuns: operations, seed });
    const met = new Map<string, number>();
    for (let first = 0; first < operations; first += round) {
      const prefix = stream(`r${first}s`);
      const perform = performing(prefix, store.capabilities.appendMany);
      const real: Side = { store, start: await store.head(), answered: [] };
      const ideal: Side = { store: memoryEventStore(), start: 0, answered: [] };
      const positions = samePositions();
      const appends: Operation[] = [];
      for (const [index, scripted] of script.slice(first, first + round).entries()) {
        const one = scripted.kind === 'again' ? (appends.at(-1 - (scripted.back % appends.length)) ?? readNothing) : scripted;
        if (one.kind === 'append' || one.kind === 'many') appends.push(one);
        const [answer, right] = [await perform(real, one), await perform(ideal, one)];
        const where = { GONGKAI_SEED: seed, index: first + index, operation: one };
        if (!positions.agree(answer, right)) expect({ ...where, answer }).toEqual({ ...where, answer: right });
        count(met, scripted, right);
      }
      const [log, model] = [
        await store.readAll({ after: real.start, limit: 1_000_000, streams: [prefix] }),
        await ideal.store.readAll({ after: 0, limit: 1_000_000 }),
      ];
      expect(positions.agree(log.events, model.events)).toBe(true);
    }
    const kinds = Object.fromEntries([...met].sort());
    process.stdout.write(`ES-64 ${stream('')} ${JSON.stringify(kinds)}\n`);
    // A run that met none of these would prove nothing about them.
    for (const kind of [
      'stored',
      'stored again',
      'several stored',
      'deleted soft',
      'deleted hard',
      'read backward',
      'WrongExpectedRevision',
      'IdempotencyConflict',
      'StreamIsDeleted',
    ])
      expect(kinds).toMatchObject({ [kind]: expect.any(Number) as unknown });
  },
};

const readNothing: Operation = { kind: 'read', stream: 0, from: 0, to: null, limit: 1, backward: false, until: null };

/** Each engine has positions of its own: the same event must have the same two wherever it is met, in the same order. */
function samePositions(): { agree(answer: unknown, right: unknown): boolean } {
  const known = new Map<number, number>();
  const pairs: [number, number][] = [];
  const apart = (outcome: unknown) => {
    const positions: number[] = [];
    const text = JSON.stringify(outcome, (key, value: unknown) =>
      key === 'position' ? void positions.push(value as number) : value,
    );
    return { text, positions };
  };
  return {
    agree(answer, right) {
      const [real, ideal] = [apart(answer), apart(right)];
      if (real.text !== ideal.text || real.positions.length !== ideal.positions.length) return false;
      for (const [index, position] of real.positions.entries()) {
        const other = ideal.positions[index]!;
        if (known.has(position)) {
          if (known.get(position) !== other) return false;
          continue;
        }
        if (pairs.some(([mine, its]) => its === other || mine < position !== its < other)) return false;
        known.set(position, other);
        pairs.push([position, other]);
      }
      return true;
    },
  };
}

function count(met: Map<string, number>, operation: Operation, answer: unknown): void {
  const add = (kind: string) => void met.set(kind, (met.get(kind) ?? 0) + 1);
  const answers = (Array.isArray(answer) ? answer : [answer]) as { refused?: string; idempotent?: boolean }[];
  if (operation.kind === 'read') return add(operation.backward && answers.length > 1 ? 'read backward' : 'read');
  if (operation.kind === 'all') return add('read all');
  for (const { refused } of answers) if (refused) add(refused);
  const stored = answers.filter(({ refused, idempotent }) => !refused && !idempotent).length;
  if (answers.some(({ idempotent }) => idempotent)) add('stored again');
  if (stored > 0) add(answers.length > 1 ? 'several stored' : 'stored');
  if (stored > 0 && operation.kind === 'append' && operation.append.deletion) add(`deleted ${operation.append.deletion}`);
}
