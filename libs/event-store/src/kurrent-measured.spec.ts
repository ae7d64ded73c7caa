import { describe, expect, it } from '@jest/globals';
import kurrentdb from '@kurrent/kurrentdb-client';
import {
  client,
  deadlineMs,
  event,
  events,
  everything,
  failure,
  following,
  hurried,
  open,
  pause,
  scene,
  soon,
  stream,
} from './kurrent-fake.fixture.js';
import { PositionUnknown } from './port.js';

/** What was measured of a real server (a to s), as the adapter meets it. */
describe('What was measured of a real server, on a fake one', () => {
  it('5.1b.a 5.1b.b the server judges the expectation, and where the stream stands is told', async () => {
    const { fake, store } = await scene();
    const other = await open(fake);
    await store.append(stream, [event()], 'none');
    await store.readStream(stream);
    await other.append(stream, events(2), 0);
    await expect(store.append(stream, [event()], 0)).rejects.toMatchObject({
      name: 'WrongExpectedRevision',
      stream,
      expected: 0,
      actual: 2,
    });
    // What it remembered was behind: it is the server that refused.
    expect(fake.traffic.calls.append).toBe(3);
    expect(fake.log()).toHaveLength(3);
  });

  it('5.1b.d half a batch is none: the append is in doubt, and the same again stores it once', async () => {
    const { fake, store } = await scene();
    const batch = events(4);
    for (const then of ['disconnect', 'unavailable', 'timeout'] as const) {
      fake.faults.nextAppend({ stored: false, afterEvents: 2, then });
      expect(await failure(store.append(stream, batch, 'none'))).toBe('InDoubt');
      expect(fake.log()).toHaveLength(0);
    }
    expect(await store.append(stream, batch, 'none')).toMatchObject({ revision: 3, idempotent: false });
    expect(fake.log()).toHaveLength(4);
  });

  it('5.1b.d of many appends at one expectation one wins; those nobody waited for keep their order; what was told is read', async () => {
    const { fake, store } = await scene();
    const stores = [store, await open(fake), await open(fake)];
    for (let round = 0; round < 3; round++) {
      const name = `catalogue.record-round-${round}`;
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          stores[index % 3]!.append(name, [event()], 'none').then(
            () => 'stored',
            (error: Error) => error.name,
          ),
        ),
      );
      expect(outcomes.sort()).toEqual([...Array.from({ length: 29 }, () => 'WrongExpectedRevision'), 'stored']);
    }
    const batch = events(200);
    const appended = await Promise.all(batch.map(one => store.append(stream, [one], 'any')));
    expect(appended.map(one => one.revision)).toEqual(batch.map((_, index) => index));
    for (const reader of stores) {
      expect((await reader.readStream(stream)).map(one => one.id)).toEqual(batch.map(one => one.id));
      expect(await reader.head()).toBe(appended.at(-1)!.position);
    }
  });

  it('5.1b.e a server that takes less refuses that append alone', async () => {
    const { fake, store } = await scene({ maxAppendSize: 10_000 });
    const outcomes = await Promise.allSettled([
      store.append('catalogue.record-a', [event()], 'none'),
      store.append('catalogue.record-b', [event({ data: { body: 'x'.repeat(20_000) } })], 'none'),
      store.append('catalogue.record-c', [event()], 'none'),
    ]);
    expect(outcomes.map(one => (one.status === 'fulfilled' ? 'stored' : (one.reason as Error).name))).toEqual([
      'stored',
      'EventTooLarge',
      'stored',
    ]);
    expect(fake.log()).toHaveLength(2);
  });

  it('5.1b.f a server that is down is unavailable, before and after a first connection, and nothing is in doubt', async () => {
    const { fake, store } = await hurried();
    const used = await open(fake, deadlineMs);
    await used.append(stream, [event()], 'none');
    await fake.stop();
    for (const one of [store, used]) {
      expect(await failure(one.append(stream, [event()], 0))).toBe('StoreUnavailable');
      expect(await failure(one.head())).toBe('StoreUnavailable');
    }
    await fake.start();
    for (const one of [store, used]) expect(await one.head()).toBeGreaterThan(0);
  });

  it('5.1b.f a server that is starting says that it is not ready: nothing is in doubt, and it is waited for', async () => {
    const { fake, store } = await hurried();
    await store.append(stream, [event()], 'none');
    fake.faults.refuse();
    expect(await failure(store.append(stream, [event()], 0))).toBe('StoreUnavailable');
    const appended = store.append(stream, [event()], 0);
    await pause(200);
    fake.faults.heal();
    expect(await appended).toMatchObject({ revision: 1 });
    expect(fake.log()).toHaveLength(2);
  });

  it.each([true, false, 'late'] as const)(
    '5.1b.g a hung server leaves an append in doubt (stored: %s), and the same again resolves it',
    async stored => {
      const { fake, store } = await hurried();
      await store.append(stream, [event()], 'none');
      const batch = events(2);
      const thawed = { now: () => {} };
      const late = new Promise<void>(resolve => (thawed.now = resolve));
      fake.faults.nextAppend({ stored: stored === 'late' ? late : stored, then: 'silence' });
      expect(await failure(store.append(stream, batch, 0))).toBe('InDoubt');
      if (stored === 'late') {
        const again = store.append(stream, batch, 0);
        thawed.now();
        expect(await again).toMatchObject({ revision: 2 });
      }
      expect(await store.append(stream, batch, 0)).toMatchObject({ revision: 2, idempotent: stored !== false });
      await pause(50);
      expect(fake.log()).toHaveLength(3);
    },
  );

  it('5.1b.g nothing moves on any connection, then everything does again', async () => {
    const { fake, store } = await hurried();
    await store.append(stream, [event()], 'none');
    const tail = following(store);
    await soon(() => tail.seen.length === 1);
    fake.faults.freeze();
    const batch = events(2);
    expect(await failure(store.append(stream, batch, 0))).toBe('InDoubt');
    expect(await failure(store.readStream(stream))).toBe('StoreUnavailable');
    fake.faults.thaw();
    await soon(() =>
      store.append(stream, batch, 0).then(
        () => true,
        () => false,
      ),
    );
    await soon(() => tail.seen.length === 3);
    expect(fake.log()).toHaveLength(3);
  });

  it('5.1b.h a first read while the server is down does no lasting harm', async () => {
    const { fake, store } = await hurried();
    await store.append(stream, [event()], 'none');
    const fresh = await open(fake, deadlineMs);
    await fake.stop();
    for (let times = 0; times < 2; times++) expect(await failure(fresh.readStream(stream))).toBe('StoreUnavailable');
    await fake.start();
    expect(await fresh.readStream(stream)).toHaveLength(1);
  });

  it('5.1b.i forward and backward, inclusive, from both ends; a missing stream, an empty page, a position that is none', async () => {
    const { fake, store } = await scene();
    expect(await store.head()).toBe(0);
    expect(await store.readAll({ after: 0, limit: 5 })).toEqual({ events: [], upTo: 0 });
    await store.append(stream, events(5), 'none');
    const revisions = async (options: object) => (await store.readStream(stream, options)).map(one => one.revision);
    expect(await revisions({ from: 2, to: 3 })).toEqual([2, 3]);
    expect(await revisions({ to: 3, direction: 'backward', limit: 2 })).toEqual([3, 2]);
    expect(await revisions({ from: 9 })).toEqual([]);
    expect(await revisions({ direction: 'backward', limit: 99 })).toEqual([4, 3, 2, 1, 0]);
    expect(await revisions({ limit: 0 })).toEqual([]);
    expect(await store.readAll({ after: 0, limit: 0 })).toEqual({ events: [], upTo: 0 });
    expect(await store.readStream('catalogue.record-missing')).toEqual([]);
    const head = await store.head();
    // The one event at a position is what comes after the number before it, though no event ends there.
    const all = await everything(store);
    for (const one of [all[0]!, all[2]!, all[4]!])
      expect((await store.readAll({ after: one.position - 1, limit: 1 })).events).toEqual([one]);
    expect(await store.readAll({ after: -1, limit: 9 })).toEqual({ events: all, upTo: head });
    const calls = fake.traffic.calls.read;
    for (const none of [head - 2, head + 100])
      await expect(store.readAll({ after: none, limit: 5 })).rejects.toBeInstanceOf(PositionUnknown);
    expect(fake.traffic.calls.read - calls).toBeLessThan(16);
  });

  it('5.1b.j a first read asks nobody and waits for nothing but its answer', async () => {
    const { fake, store } = await scene();
    await store.head();
    expect(fake.traffic.calls).toMatchObject({ features: 0, gossip: 0 });
  });

  it('5.1b.k whoever waits is woken by another’s append, though no read is answered', async () => {
    const { fake, store } = await scene();
    const other = await open(fake);
    const { position } = await other.append(stream, [event()], 'none');
    await other.readStream(stream);
    const woken = store.wait(position, AbortSignal.timeout(50_000));
    await soon(() => fake.traffic.open.subscriptions === 1);
    await woken;
    // By its own confirmation; from here on only an event can.
    const again = store.wait(position, AbortSignal.timeout(50_000));
    fake.faults.silence('read');
    const began = performance.now();
    await other.append(stream, [event()], 0);
    await again;
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('5.1b.m a server killed under a subscription: nothing missing, nothing twice', async () => {
    const { fake, store } = await scene();
    const tail = following(store);
    for (let round = 0; round < 4; round++) {
      for (let index = 0; index < 10; index++) await store.append(stream, [event()], 'any');
      await fake.stop();
      await pause(50);
      await fake.start();
      await soon(() =>
        store.append(stream, [event()], 'any').then(
          () => true,
          () => false,
        ),
      );
    }
    const all = (await everything(store)).map(one => one.position);
    expect(all.length).toBeGreaterThanOrEqual(44);
    await soon(() => tail.seen.length === all.length);
    expect(tail.seen).toEqual(all);
  });

  it('5.1b.n however many wait, there is one subscription', async () => {
    const { fake, store } = await scene();
    const { position } = await store.append(stream, [event()], 'none');
    const woken = Promise.all(Array.from({ length: 200 }, () => store.wait(position, AbortSignal.timeout(10_000))));
    await soon(() => fake.traffic.open.subscriptions === 1);
    await store.append(stream, [event()], 0);
    await woken;
    expect(fake.traffic.calls.subscribe).toBe(1);
  });

  it('among the server’s own events and others’ only the house’s count', async () => {
    const { fake, store } = await scene({ systemEventsEvery: 1 });
    const others = client(fake);
    for (let index = 0; index < 20; index++) {
      await store.append(stream, [event()], 'any');
      await others.appendToStream(`orders-${index}`, kurrentdb.jsonEvent({ type: 'Ordered', data: { index } }));
    }
    const all = await everything(store);
    expect(all.map(one => one.revision)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(await store.head()).toBe(all.at(-1)!.position);
    expect(fake.log({ system: true }).length).toBeGreaterThan(60);
  });
});
