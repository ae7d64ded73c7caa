import { expect } from '@jest/globals';
import { InvalidAppend, type NewEvent } from '../port.js';
import type { Assertion, Subject } from './fixture.js';

const badNames = [
  'nonsense',
  'a.b-c d',
  'a.b- ',
  '$all',
  '$ce-a',
  '$$a.b-c',
  'a.b-c\n',
  'a.b-c\u0000',
  'a.b-',
  'A.b-c',
  `a.b-${'x'.repeat(10_000)}`,
  '',
  'a.b-公开',
  'a.b-\ud800',
];

/** In its own turn of the event loop: before any file or connection can have answered. */
async function refusedAtOnce({ fixture }: Subject, append: Promise<unknown>, error: object): Promise<void> {
  let settled = false;
  const refused = append.finally(() => (settled = true)).catch((reason: unknown) => reason);
  if (!fixture.elsewhere) {
    await new Promise(resolve => setImmediate(resolve));
    expect(settled).toBe(true);
  }
  expect(await refused).toMatchObject({ name: 'InvalidAppend', ...error });
}

/** By either way of appending; of several streams, the others are not written either. */
async function refused(subject: Subject, name: string, events: NewEvent[], expected: never | 'any', error = {}): Promise<void> {
  const { store, stream, event } = subject;
  await refusedAtOnce(subject, store.append(name, events, expected), error);
  if (!store.capabilities.appendMany) return;
  const good = { stream: stream('good'), events: [event()], expected: 'none' as const };
  const many = store.appendMany([good, { stream: name, events, expected }]);
  await refusedAtOnce(subject, many, error);
}

async function nothingWasStored({ store, fixture, start }: Subject, callsBefore: number | undefined): Promise<void> {
  expect(fixture.calls?.()).toBe(callsBefore);
  expect(await store.head()).toBe(start);
}

export const badInput: Record<string, Assertion> = {
  'ES-09 ES-23 an empty append is a usage error, not a conflict, and an expectation is one of the known': async subject => {
    const { store, stream, event, fixture } = subject;
    const before = fixture.calls?.();
    for (const expected of ['any', 'none', 3] as const) {
      await refusedAtOnce(subject, store.append(stream(), [], expected), {});
      await refusedAtOnce(subject, store.append(stream(), undefined as never, expected), {});
    }
    for (const expected of [-1, 1.5, NaN, 2 ** 53, 'some', '', null, undefined, { revision: 1 }])
      await refused(subject, stream(), [event()], expected as never, {
        message: expect.stringContaining('not an expectation') as unknown,
      });
    if (store.capabilities.appendMany) {
      await refusedAtOnce(subject, store.appendMany([]), {});
      const append = { stream: stream(), events: [event()], expected: 'none' as const };
      for (const check of [
        { stream: 'no name', expected: 'none' },
        { stream: stream('2'), expected: 'any' },
        { stream: stream('2'), expected: -1 },
      ])
        await refusedAtOnce(subject, store.appendMany([append], [check as never]), {});
    }
    await nothingWasStored(subject, before);
  },

  'ES-23 what JSON cannot hold, or a repeated id, is refused before anything is sent, and says where it is': async subject => {
    const { stream, event, fixture } = subject;
    const before = fixture.calls?.();
    const cycle: Record<string, unknown> = {};
    cycle['self'] = [{ cycle }];
    const twice = event();
    const bad: [NewEvent[], string][] = [
      [[event({ data: { n: 1n } })], 'data.n is a BigInt'],
      [[event({ data: cycle })], 'holds itself'],
      [[event({ data: { a: [undefined] } })], 'data.a.0 is undefined'],
      [[event({ data: { a: { b: undefined } } })], 'data.a.b is undefined'],
      [[event({ data: { a: new Array(3) } })], 'data.a has gaps'],
      [[event({ data: undefined as never })], 'data of Noted is not an object'],
      [[event({ data: null as never })], 'not an object'],
      [[event({ data: '{}' as never })], 'not an object'],
      [[event({ data: [] as never })], 'not an object'],
      [[event({ data: { text: '\ud800' } })], 'data.text holds a lone surrogate'],
      [[event({ data: { text: ['芦\udc00山'] } })], 'lone surrogate'],
      [[event({ data: { '\udc00': 1 } })], 'a key with a lone surrogate'],
      [[event({ metadata: { name: '\ud800' } as never })], 'metadata.name holds a lone surrogate'],
      [[event({ metadata: { causationId: undefined } as never })], 'metadata.causationId is undefined'],
      [[event({ data: { n: NaN } })], 'data.n is NaN'],
      [[event({ data: { n: -Infinity } })], 'data.n is -Infinity'],
      [[event({ data: { on: new Date(0) } })], 'data.on is no plain object'],
      [[event({ data: { of: new Map([['a', 1]]) } })], 'data.of is no plain object'],
      [[twice, twice], 'ids repeat'],
      [[event({ id: 'a\nb' })], 'not an event id'],
      [[event({ id: 'x'.repeat(101) })], 'not an event id'],
      [[event({ type: '' })], 'not an event type'],
      [[event({ type: '$metadata' })], 'not an event type'],
      [[event({ version: 0 })], 'not a version'],
      [[event(), event({ data: { n: 1n } })], 'data.n is a BigInt'],
    ];
    // These do not pass from one process to another.
    if (!fixture.elsewhere)
      bad.push(
        [[event({ data: { f: () => 1 } })], 'data.f is function'],
        [[event({ data: { s: Symbol('s') } })], 'data.s is symbol'],
        [[event({ data: { of: new (class Unit {})() } })], 'data.of is no plain object'],
      );
    for (const [events, message] of bad)
      await refused(subject, stream(), events, 'any', { message: expect.stringContaining(message) as unknown });
    await nothingWasStored(subject, before);
  },

  'ES-23 a name that is no stream of the house is refused before anything is sent, and reads as missing': async subject => {
    const { store, event, fixture, start } = subject;
    const before = fixture.calls?.();
    for (const name of [...badNames, undefined, null, 7, {}] as string[]) await refused(subject, name, [event()], 'any');
    await nothingWasStored(subject, before);
    for (const name of badNames) {
      expect(await store.readStream(name)).toEqual([]);
      expect(await store.readStream(name, { direction: 'backward', limit: 1 })).toEqual([]);
    }
    expect(await store.head()).toBe(start);
  },

  'ES-24 an append over the size limit is refused, its neighbours are not': async ({ store, stream, event, events }) => {
    const outcomes = await Promise.allSettled([
      store.append(stream('a'), [event()], 'none'),
      store.append(stream(), [event({ data: { body: '字'.repeat(400_000) } })], 'none'),
      store.append(stream(), events(30, { data: { body: 'x'.repeat(40_000) } }), 'none'),
      store.append(stream('b'), [event()], 'none'),
    ]);
    expect(outcomes.map(one => (one.status === 'fulfilled' ? 'stored' : (one.reason as Error).name))).toEqual([
      'stored',
      'EventTooLarge',
      'EventTooLarge',
      'stored',
    ]);
    expect(outcomes[1]).toMatchObject({ reason: expect.any(InvalidAppend) as unknown });
    expect(await store.readStream(stream())).toEqual([]);
    // The largest that the limit allows passes on every engine.
    await store.append(stream(), [event({ data: { body: 'x'.repeat(990_000) } })], 'none');
  },

  'ES-24 what would be endless is refused as soon as it is too large': async subject => {
    const { stream, event, fixture } = subject;
    const before = fixture.calls?.();
    const tooLarge = async (data: Record<string, unknown>) => {
      const append = subject.store.append(stream(), [event({ data })], 'none');
      await expect(append).rejects.toMatchObject({ name: 'EventTooLarge' });
    };
    await tooLarge({ body: 'x'.repeat(30_000_000) });
    await tooLarge({ ['x'.repeat(2_000_000)]: 1 });
    // Sixty objects, each of which holds the next one twice: written out they would fill the world.
    let twice: Record<string, unknown> = {};
    for (let depth = 0; depth < 60; depth++) twice = { one: twice, other: twice };
    await tooLarge(twice);
    await nothingWasStored(subject, before);
  },
};
