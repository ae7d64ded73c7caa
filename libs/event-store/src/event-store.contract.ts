import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventStore, InvalidAppend, IdempotencyConflict, type NewEvent, WrongExpectedRevision } from './port.js';

export interface Fixture {
  open(): Promise<EventStore>;
  clean(): Promise<void>;
}

let counter = 0;
export function event(id = `e-${++counter}`, type = 'Noted', data: Record<string, unknown> = { note: '公开' }): NewEvent {
  return {
    id,
    type,
    version: 1,
    data,
    metadata: {
      commandId: id,
      command: 'test.note',
      commandDigest: 'd',
      correlationId: 'c',
      person: 'p',
      name: '某人',
      occurredOn: '2013-04-20',
      recordedAt: '2013-04-20T00:00:00.000Z',
    },
  };
}

/** What every engine behind the port must do. An adapter's own file gives the fixture. */
export function eventStoreContract(adapter: string, fixtureOf: () => Promise<Fixture>): void {
  describe(`event store: ${adapter}`, () => {
    let fixture: Fixture;
    let store: EventStore;
    beforeEach(async () => {
      fixture = await fixtureOf();
      store = await fixture.open();
    });
    afterEach(async () => {
      await store.close();
      await fixture.clean();
    });
    const stream = 'catalogue.record-1';

    it('ES-01 a new stream begins at revision 0 and every event has a position', async () => {
      expect(await store.append(stream, [event(), event()], 'none')).toMatchObject({ revision: 1, idempotent: false });
      const events = await store.readStream(stream);
      expect(events.map(one => one.revision)).toEqual([0, 1]);
      expect(events[1]!.position).toBeGreaterThan(events[0]!.position);
    });

    it('ES-02 "none" on an existing stream is refused and writes nothing', async () => {
      await store.append(stream, [event()], 'none');
      await expect(store.append(stream, [event()], 'none')).rejects.toMatchObject({
        name: 'WrongExpectedRevision',
        expected: 'none',
        actual: 0,
      });
      expect(await store.readStream(stream)).toHaveLength(1);
    });

    it('ES-04 an exact revision must be equal: lower and higher both fail', async () => {
      await store.append(stream, [event(), event()], 'none');
      for (const expected of [0, 2, 7])
        await expect(store.append(stream, [event()], expected)).rejects.toBeInstanceOf(WrongExpectedRevision);
      await store.append(stream, [event()], 1);
      expect(await store.readStream(stream)).toHaveLength(3);
    });

    it('ES-08 an append is all or nothing', async () => {
      await store.append(stream, [event('known')], 'none');
      await expect(store.append(stream, [event(), event('known')], 0)).rejects.toBeInstanceOf(IdempotencyConflict);
      expect(await store.readStream(stream)).toHaveLength(1);
    });

    it('ES-09 an empty append is a usage error', async () => {
      await expect(store.append(stream, [], 'any')).rejects.toBeInstanceOf(InvalidAppend);
    });

    it('ES-10 of many appends at one expectation exactly one wins', async () => {
      await store.append(stream, [event()], 'none');
      const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => store.append(stream, [event()], 0)));
      expect(outcomes.filter(one => one.status === 'fulfilled')).toHaveLength(1);
    });

    it('ES-12 concurrent appends with "any" all succeed with contiguous revisions', async () => {
      await Promise.all(Array.from({ length: 50 }, () => store.append(stream, [event()], 'any')));
      expect((await store.readStream(stream)).map(one => one.revision)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    });

    it('ES-14 the same append again answers as the first time and stores nothing', async () => {
      const batch = [event(), event()];
      const first = await store.append(stream, batch, 'none');
      await store.append(stream, [event()], 1);
      expect(await store.append(stream, batch, 'none')).toEqual({ ...first, idempotent: true });
      expect(await store.readStream(stream)).toHaveLength(3);
    });

    it('ES-15 that still holds after the store is opened again', async () => {
      const batch = [event()];
      const first = await store.append(stream, batch, 'none');
      await store.close();
      store = await fixture.open();
      expect(await store.append(stream, batch, 'none')).toEqual({ ...first, idempotent: true });
    });

    it('ES-16 known ids in another split are a conflict, never a silent accept', async () => {
      const [a, b] = [event(), event()];
      await store.append(stream, [a, b], 'none');
      await expect(store.append(stream, [b, a], 'any')).rejects.toBeInstanceOf(IdempotencyConflict);
      await expect(store.append(stream, [b, event()], 'any')).rejects.toBeInstanceOf(IdempotencyConflict);
    });

    it("ES-17 an event id is a stream's own: another stream may hold the same", async () => {
      await store.append(stream, [event('same')], 'none');
      expect((await store.append('catalogue.record-2', [event('same')], 'none')).idempotent).toBe(false);
    });

    it('ES-23 what cannot be written as JSON, a bad stream name or a repeated id is refused before anything is stored', async () => {
      await expect(store.append(stream, [event('big', 'Noted', { n: 1n })], 'any')).rejects.toThrow();
      await expect(store.append('nonsense', [event()], 'any')).rejects.toBeInstanceOf(InvalidAppend);
      await expect(store.append(stream, [event('twice'), event('twice')], 'any')).rejects.toBeInstanceOf(InvalidAppend);
      expect(await store.head()).toBe(0);
    });

    it('ES-24 an event over the size limit is refused, the stream untouched', async () => {
      await expect(store.append(stream, [event('huge', 'Noted', { body: '字'.repeat(400_000) })], 'any')).rejects.toBeInstanceOf(
        InvalidAppend,
      );
      expect(await store.readStream(stream)).toEqual([]);
    });

    it('ES-27 pages of any size neither lose nor repeat an event', async () => {
      for (let index = 0; index < 130; index++) await store.append(`catalogue.record-${index % 7}`, [event()], 'any');
      const all = (await store.readAll({ after: 0, limit: 1000 })).events.map(one => one.position);
      for (const limit of [1, 2, 63, 64, 65, 1000]) {
        const read: number[] = [];
        for (let after = 0; ;) {
          const slice = await store.readAll({ after, limit });
          if (slice.events.length === 0) break;
          read.push(...slice.events.map(one => one.position));
          after = slice.upTo;
        }
        expect(read).toEqual(all);
      }
    });

    it('ES-29 a stream that does not exist reads as empty', async () => {
      expect(await store.readStream('catalogue.record-none')).toEqual([]);
    });

    it('ES-34 what goes in comes out', async () => {
      const data = {
        text: '“4·20”芦山 🏛 \u2028',
        empty: {},
        deep: { a: [{ b: null }] },
        $key: 'dollar',
        big: Number.MAX_SAFE_INTEGER,
      };
      await store.append(stream, [event('round', 'Noted', data)], 'none');
      expect((await store.readStream(stream))[0]).toMatchObject({ id: 'round', data, metadata: { name: '某人' } });
    });

    it('ES-46 a filter that matches nothing still says how far the log was read', async () => {
      await store.append(stream, [event(), event()], 'none');
      expect(await store.readAll({ after: 0, limit: 10, types: ['Other'] })).toEqual({ events: [], upTo: await store.head() });
    });

    it('ES-47 a filter by type gives what filtering the whole log gives', async () => {
      for (let index = 0; index < 40; index++) await store.append(stream, [event(undefined, ['A', 'B', 'C'][index % 3])], 'any');
      const all = await store.readAll({ after: 0, limit: 100 });
      const some = await store.readAll({ after: 0, limit: 100, types: ['A', 'C'] });
      expect(some.events).toEqual(all.events.filter(one => one.type !== 'B'));
    });

    it('ES-40 a reader that waits is woken by an append, and by its own signal', async () => {
      const stop = new AbortController();
      const woken = store.wait(0, stop.signal);
      await store.append(stream, [event()], 'none');
      await woken;
      const idle = store.wait(await store.head(), stop.signal);
      stop.abort();
      await idle;
    });
  });
}
