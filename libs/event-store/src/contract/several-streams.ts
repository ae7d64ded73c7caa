import { expect } from '@jest/globals';
import type { Assertion } from './fixture.js';

export const severalStreams: Record<string, Assertion> = {
  'ES-19 an append to several streams is atomic: one failed expectation writes none': async ({
    store,
    stream,
    event,
    events,
  }) => {
    await store.append(stream('c'), [event()], 'none');
    const appends = ['a', 'b', 'c'].map(name => ({ stream: stream(name), events: events(2), expected: 'none' as const }));
    await expect(store.appendMany(appends)).rejects.toMatchObject({ name: 'WrongExpectedRevision', stream: stream('c') });
    for (const name of ['a', 'b']) expect(await store.readStream(stream(name))).toEqual([]);
    expect(await store.appendMany(appends.slice(0, 2))).toMatchObject([{ revision: 1 }, { revision: 1 }]);
    expect(await store.appendMany(appends.slice(0, 2))).toMatchObject([{ idempotent: true }, { idempotent: true }]);
    await expect(store.appendMany([])).rejects.toMatchObject({ name: 'InvalidAppend' });
  },

  'ES-20 it may expect something of streams that it does not write': async ({ store, stream, event }) => {
    const append = { stream: stream('a'), events: [event()], expected: 'none' as const };
    await store.append(stream('b'), [event()], 'none');
    await expect(store.appendMany([append], [{ stream: stream('b'), expected: 'none' }])).rejects.toMatchObject({
      stream: stream('b'),
    });
    await expect(store.appendMany([append], [{ stream: stream('c'), expected: 'exists' }])).rejects.toMatchObject({ actual: -1 });
    expect(await store.readStream(stream('a'))).toEqual([]);
    await store.appendMany(
      [append],
      [
        { stream: stream('b'), expected: 0 },
        { stream: stream('c'), expected: 'none' },
      ],
    );
    expect(await store.readStream(stream('b'))).toHaveLength(1);
  },

  'ES-21 it keeps its order in the log': async ({ store, stream, events, log }) => {
    const appends = ['c', 'a', 'b', 'a'].map((name, index) => ({
      stream: stream(name),
      events: events(2),
      expected: index === 3 ? (1 as const) : ('none' as const),
    }));
    await store.appendMany(appends);
    expect((await log()).map(one => one.id)).toEqual(appends.flatMap(one => one.events.map(event => event.id)));
  },

  'ES-22 whether it can append to several streams is said by its capability': async ({ store, stream, event }) => {
    const asked = store.appendMany([{ stream: stream(), events: [event()], expected: 'none' }]);
    if (store.capabilities.appendMany) expect(await asked).toHaveLength(1);
    else await expect(asked).rejects.toMatchObject({ name: 'InvalidAppend' });
    expect(await store.readStream(stream())).toHaveLength(store.capabilities.appendMany ? 1 : 0);
  },
};
