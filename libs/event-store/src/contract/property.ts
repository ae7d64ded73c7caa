import { expect } from '@jest/globals';
import fc from 'fast-check';
import { memoryEventStore } from '../memory-store.js';
import type { EventStore, Expected, NewEvent } from '../port.js';
import { eventOf, uuid, type Assertion, type Subject } from './fixture.js';

const operations = 10_000;

type Operation =
  | { kind: 'append'; stream: number; ids: number[]; expected: Expected; digest: number; deletion?: 'soft' | 'hard' }
  | {
      kind: 'many';
      appends: { stream: number; ids: number[]; expected: Expected; digest: number }[];
      check: [number, 'none' | 'exists'];
    }
  | { kind: 'read'; stream: number; from: number; limit: number; backward: boolean }
  | { kind: 'all'; back: number; limit: number; type: boolean };

/** Few streams and few ids, so that they meet each other often. */
const stream = fc.nat({ max: 40 });
const ids = fc.uniqueArray(fc.nat({ max: 60 }), { minLength: 1, maxLength: 3 });
const expected: fc.Arbitrary<Expected> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Expected>('any') },
  { weight: 3, arbitrary: fc.nat({ max: 12 }) },
  fc.constantFrom<Expected>('none', 'exists'),
);
const digest = fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.constant(1));
const anAppend = fc.record({ stream, ids, expected, digest });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: anAppend.map(one => ({ kind: 'append' as const, ...one })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(anAppend, fc.constantFrom('soft' as const, 'soft' as const, 'soft' as const, 'hard' as const))
      .map(([one, deletion]) => ({ kind: 'append' as const, ...one, deletion })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('many' as const),
      appends: fc.array(anAppend, { minLength: 1, maxLength: 3 }),
      check: fc.tuple(stream, fc.constantFrom('none' as const, 'exists' as const)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      stream,
      from: fc.nat({ max: 8 }),
      limit: fc.integer({ min: 1, max: 9 }),
      backward: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('all' as const),
      back: fc.nat({ max: 80 }),
      limit: fc.integer({ min: 1, max: 40 }),
      type: fc.boolean(),
    }),
  },
);

/** ES-64: random operations on the engine and on the model give the same answers; in rounds, each with streams of its own. */
export const property = (round = operations): Record<string, Assertion> => ({
  [`ES-64 ${operations} random operations are answered as the in-memory model answers them`]: async subject => {
    const seed = Number(process.env['GONGKAI_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    process.stdout.write(`ES-64 ${subject.stream('')} GONGKAI_SEED=${seed}\n`);
    const script = fc.sample(operation, { numRuns: operations, seed });
    for (let first = 0; first < operations; first += round) {
      const model = memoryEventStore();
      const prefix = `r${first}s`;
      const start = await subject.store.head();
      for (const [index, one] of script.slice(first, first + round).entries()) {
        const real = await outcome(subject, subject.store, one, prefix, start);
        const ideal = await outcome(subject, model, one, prefix, 0);
        if (JSON.stringify(real) !== JSON.stringify(ideal))
          expect({ seed, index: first + index, operation: one, answer: real }).toEqual({
            seed,
            index: first + index,
            operation: one,
            answer: ideal,
          });
      }
      const { events } = await subject.store.readAll({ after: start, limit: 1_000_000, streams: [subject.stream(prefix)] });
      expect(events).toHaveLength(await model.head());
    }
  },
});

async function outcome(
  subject: Subject,
  store: EventStore,
  operation: Operation,
  prefix: string,
  start: number,
): Promise<unknown> {
  const name = (number: number) => subject.stream(`${prefix}${number}`);
  const events = (one: { stream: number; ids: number[]; digest: number }, deletion?: string): NewEvent[] =>
    one.ids.map((id, index) => {
      const made = eventOf(uuid(subject.stream(prefix), one.stream, id), {
        type: id % 3 === 0 ? 'Third' : 'Noted',
        data: { id },
      });
      made.metadata.commandDigest = `digest ${id} ${one.digest}`;
      return deletion && index === one.ids.length - 1
        ? { ...made, type: 'StreamDeleted', data: { kind: deletion, why: '试' } }
        : made;
    });
  try {
    switch (operation.kind) {
      case 'append': {
        const { position: _, ...appended } = await store.append(
          name(operation.stream),
          events(operation, operation.deletion),
          operation.expected,
        );
        return appended;
      }
      case 'many': {
        if (!subject.store.capabilities.appendMany) return null;
        const appends = operation.appends.map(one => ({ stream: name(one.stream), events: events(one), expected: one.expected }));
        const appended = await store.appendMany(appends, [{ stream: name(operation.check[0]), expected: operation.check[1] }]);
        return appended.map(({ position: _, ...rest }) => rest);
      }
      case 'read': {
        const { from, limit, backward } = operation;
        const read = await store.readStream(name(operation.stream), {
          from,
          limit,
          direction: backward ? 'backward' : 'forward',
        });
        return read.map(({ position: _, ...rest }) => rest);
      }
      case 'all': {
        const filter = operation.type ? { types: ['Third'] } : {};
        const all = await store.readAll({ after: start, limit: 1_000_000, streams: [subject.stream(prefix)], ...filter });
        const after = all.events.at(-operation.back - 1)?.position ?? start;
        const page = await store.readAll({ after, limit: operation.limit, streams: [subject.stream(prefix)], ...filter });
        return page.events.map(({ position: _, ...rest }) => rest);
      }
    }
  } catch (error) {
    const { name: kind, ...rest } = error as Error & { stream?: string; expected?: unknown; actual?: number };
    return { kind, stream: rest.stream, expected: rest.expected, actual: rest.actual };
  }
}
