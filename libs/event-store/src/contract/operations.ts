import fc from 'fast-check';
import type { EventStore, Expected, NewEvent, StreamAppend } from '../port.js';
import { eventOf, uuid } from './fixture.js';

interface Append {
  stream: number;
  ids: number[];
  expected: Expected;
  digest: number;
  deletion?: 'soft' | 'hard';
}

export type Operation =
  | { kind: 'append'; append: Append }
  | { kind: 'many'; appends: Append[]; check: [number, 'none' | 'exists'] }
  /** The same again as the append so many before it. */
  | { kind: 'again'; back: number }
  | { kind: 'read'; stream: number; from: number; to: number | null; limit: number; backward: boolean; until: number | null }
  | { kind: 'all'; back: number; limit: number; type: boolean; prefix: number | null };

/** Few streams and few ids, so that they meet each other often. */
const stream = fc.nat({ max: 15 });
const ids = fc.uniqueArray(fc.nat({ max: 60 }), { minLength: 1, maxLength: 3 });
const expected: fc.Arbitrary<Expected> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Expected>('any') },
  { weight: 3, arbitrary: fc.nat({ max: 12 }) },
  fc.constantFrom<Expected>('none', 'exists'),
);
const digest = fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.constant(1));
const append: fc.Arbitrary<Append> = fc.record({ stream, ids, expected, digest });
const deletion = fc.constantFrom('soft' as const, 'soft' as const, 'soft' as const, 'hard' as const);

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('append' as const), append }) },
  {
    weight: 1,
    arbitrary: fc.tuple(append, deletion).map(([one, kind]) => ({
      kind: 'append' as const,
      append: { ...one, deletion: kind },
    })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('many' as const),
      appends: fc.array(append, { minLength: 1, maxLength: 3 }),
      check: fc.tuple(stream, fc.constantFrom('none' as const, 'exists' as const)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const), back: fc.nat({ max: 30 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      stream,
      from: fc.nat({ max: 8 }),
      to: fc.option(fc.nat({ max: 20 })),
      limit: fc.integer({ min: 1, max: 9 }),
      backward: fc.boolean(),
      until: fc.option(fc.nat({ max: 60 }), { freq: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('all' as const),
      back: fc.nat({ max: 30 }),
      limit: fc.integer({ min: 1, max: 40 }),
      type: fc.boolean(),
      prefix: fc.option(stream),
    }),
  },
);

/** One side of the comparison: the engine, or the model. */
export interface Side {
  store: EventStore;
  /** Nothing before it is the run's own. */
  start: number;
  /** Positions that appends were answered with, in the order in which they were. */
  answered: number[];
}

/** What an engine is asked; by which names, the run says. */
export function performing(prefix: string, appendMany: boolean): (side: Side, operation: Operation) => Promise<unknown> {
  const name = (number: number) => `${prefix}${number}`;
  const recordedAt = (id: number) => new Date(Date.UTC(2013, 3, 20, 0, id)).toISOString();

  function eventsOf({ stream, ids, digest, deletion }: Append): NewEvent[] {
    return ids.map((id, index) => {
      const made = eventOf(uuid(prefix, stream, id), { type: id % 3 === 0 ? 'Third' : 'Noted', data: { id } });
      Object.assign(made.metadata, { commandDigest: `digest ${id} ${digest}`, recordedAt: recordedAt(id) });
      return deletion && index === ids.length - 1
        ? { ...made, type: 'StreamDeleted', data: { kind: deletion, why: '试' } }
        : made;
    });
  }
  const appendOf = (one: Append): StreamAppend => ({ stream: name(one.stream), events: eventsOf(one), expected: one.expected });

  return async ({ store, start, answered }, operation) => {
    const one = async ({ stream, events, expected }: StreamAppend) => {
      const appended = await store.append(stream, events, expected);
      answered.push(appended.position);
      return appended;
    };
    switch (operation.kind) {
      case 'append':
        return outcomeOf(() => one(appendOf(operation.append)));
      case 'many': {
        const appends = operation.appends.map(appendOf);
        if (!appendMany) {
          const outcomes = [];
          for (const append of appends) outcomes.push(await outcomeOf(() => one(append)));
          return outcomes;
        }
        const [stream, expected] = operation.check;
        return outcomeOf(async () => {
          const appended = await store.appendMany(appends, [{ stream: name(stream), expected }]);
          answered.push(...appended.map(({ position }) => position));
          return appended;
        });
      }
      case 'again':
        throw new Error('whoever performs the script knows what was before');
      case 'read': {
        const { from, to, limit, backward, until } = operation;
        const direction = backward ? 'backward' : 'forward';
        const more = { ...(to === null ? {} : { to }), ...(until === null ? {} : { recordedUntil: recordedAt(until) }) };
        return outcomeOf(() => store.readStream(name(operation.stream), { from, limit, direction, ...more }));
      }
      case 'all': {
        const { back, limit, type, prefix: only } = operation;
        const streams = [only === null ? prefix : name(only)];
        const after = answered.at(-1 - back) ?? start;
        return outcomeOf(
          async () => (await store.readAll({ after, limit, streams, ...(type ? { types: ['Third'] } : {}) })).events,
        );
      }
    }
  };
}

async function outcomeOf(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    const { name: refused, stream, expected, actual } = error as Error & Record<string, unknown>;
    return { refused, stream, expected, actual };
  }
}
