import { expect } from '@jest/globals';
import { InvalidAppend, type NewEvent, WrongExpectedRevision } from '../port.js';
import { type Assertion, fill } from './fixture.js';

export const appending = (many: number): Record<string, Assertion> => ({
  'ES-01 a new stream begins at revision 0, and every event has a position': async ({ store, stream, events }) => {
    const appended = await store.append(stream(), events(2), 'none');
    const read = await store.readStream(stream());
    expect(appended).toEqual({ revision: 1, position: read[1]!.position, idempotent: false });
    expect(read.map(one => one.revision)).toEqual([0, 1]);
    expect(read[1]!.position).toBeGreaterThan(read[0]!.position);
  },

  'ES-02 "none" on an existing stream is refused, says where it stands, and writes nothing': async ({ store, stream, event }) => {
    await store.append(stream(), [event()], 'none');
    await expect(store.append(stream(), [event()], 'none')).rejects.toMatchObject({
      name: 'WrongExpectedRevision',
      stream: stream(),
      expected: 'none',
      actual: 0,
    });
    expect(await store.readStream(stream())).toHaveLength(1);
  },

  'ES-03 "exists" on a missing stream is refused and makes none': async ({ store, stream, event }) => {
    await expect(store.append(stream(), [event()], 'exists')).rejects.toMatchObject({ expected: 'exists', actual: -1 });
    expect(await store.readStream(stream())).toEqual([]);
    await store.append(stream(), [event()], 'none');
    expect(await store.append(stream(), [event()], 'exists')).toMatchObject({ revision: 1 });
  },

  'ES-04 an exact revision must be equal: lower and higher both fail': async ({ store, stream, event, events }) => {
    await store.append(stream(), events(2), 'none');
    for (const expected of [0, 2, 7])
      await expect(store.append(stream(), [event()], expected)).rejects.toBeInstanceOf(WrongExpectedRevision);
    await expect(store.append(stream('missing'), [event()], 0)).rejects.toMatchObject({ actual: -1 });
    await store.append(stream(), [event()], 1);
    expect(await store.readStream(stream())).toHaveLength(3);
  },

  'ES-05 "any" never fails on the revision': async ({ store, stream, event }) => {
    for (let revision = 0; revision < 5; revision++)
      expect(await store.append(stream(), [event()], 'any')).toMatchObject({ revision, idempotent: false });
  },

  'ES-06 revisions are 0 to n-1, whatever was refused between': async ({ store, stream, event, events }) => {
    for (const size of [1, 3, 2, 5]) {
      await store.append(stream(), events(size), 'any');
      await store.append(stream(), [event()], 400).catch(() => {});
    }
    expect((await store.readStream(stream())).map(one => one.revision)).toEqual(Array.from({ length: 11 }, (_, index) => index));
  },

  'ES-07 the events of one append stand together, in the order given': async ({ store, stream, events }) => {
    const batches = Array.from({ length: 12 }, () => events(5));
    await Promise.all(batches.map(batch => store.append(stream(), batch, 'any')));
    const ids = (await store.readStream(stream())).map(one => one.id);
    for (const batch of batches) {
      const at = ids.indexOf(batch[0]!.id);
      expect(ids.slice(at, at + 5)).toEqual(batch.map(one => one.id));
    }
  },

  'ES-08 an append is all or nothing': async ({ store, stream, event, events }) => {
    const known = event();
    await store.append(stream(), [known], 'none');
    await expect(store.append(stream(), [...events(3), known], 0)).rejects.toMatchObject({ name: 'IdempotencyConflict' });
    await expect(store.append(stream(), [...events(3), event({ data: { n: 1n } })], 0)).rejects.toBeInstanceOf(InvalidAppend);
    expect(await store.readStream(stream())).toHaveLength(1);
  },

  'ES-10 of many appends at one expectation exactly one wins': async ({ store, stream, event }) => {
    await store.append(stream(), [event()], 'none');
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => store.append(stream(), [event()], 0)));
    expect(outcomes.filter(one => one.status === 'fulfilled')).toHaveLength(1);
    for (const one of outcomes) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(WrongExpectedRevision);
    expect(await store.readStream(stream())).toHaveLength(2);
  },

  'ES-11 the same from several connections': async ({ fixture, store, stream, event }) => {
    const others = await Promise.all([fixture.open(), fixture.open()]);
    const outcomes = await Promise.allSettled(
      [store, ...others].flatMap(one => [one, one, one]).map(one => one.append(stream(), [event()], 'none')),
    );
    expect(outcomes.filter(one => one.status === 'fulfilled')).toHaveLength(1);
    for (const other of others) await other.close();
  },

  'ES-12 concurrent appends with "any" all succeed, revisions without a gap': async ({ store, stream, event }) => {
    const appended = await Promise.all(Array.from({ length: 50 }, () => store.append(stream(), [event()], 'any')));
    const revisions = Array.from({ length: 50 }, (_, index) => index);
    expect(appended.map(one => one.revision).sort((a, b) => a - b)).toEqual(revisions);
    expect((await store.readStream(stream())).map(one => one.revision)).toEqual(revisions);
  },

  'ES-13 concurrent appends to different streams do not fail each other': async ({ fixture, store, stream, event }) => {
    const other = await fixture.open();
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? store : other).append(stream(String(index)), [event()], 'none')),
    );
    await other.close();
  },

  'ES-14 the same append again answers as the first time and stores nothing': async ({ store, stream, event, events }) => {
    for (const expected of ['none', 'any'] as const) {
      const batch = events(2);
      const name = stream(expected);
      const first = await store.append(name, batch, expected);
      expect(await store.append(name, batch, expected)).toEqual({ ...first, idempotent: true });
      await store.append(name, [event()], 1);
      expect(await store.append(name, batch, expected)).toEqual({ ...first, idempotent: true });
      // The whole append was stored: what the log expects of it is of the past.
      expect(await store.append(name, batch, 2)).toEqual({ ...first, idempotent: true });
      expect(await store.readStream(name)).toHaveLength(3);
    }
  },

  [`ES-15 that holds after a restart and after ${many} other events`]: async subject => {
    const { store, stream, event, events, fixture } = subject;
    const batch = events(2);
    const first = await store.append(stream(), batch, 'none');
    await fill(subject, many);
    for (let index = 0; index < 5; index++) await store.append(stream(), [event()], 'any');
    await store.close();
    await fixture.restart?.();
    const again = (subject.store = await fixture.open());
    expect(await again.append(stream(), batch, 'none')).toEqual({ ...first, idempotent: true });
    expect(await again.append(stream(), batch, 'any')).toEqual({ ...first, idempotent: true });
  },

  'ES-16 known ids with other content or in another split are a conflict, never a silent accept': async ({
    store,
    stream,
    event,
    events,
  }) => {
    const batch = events(2);
    const [a, b] = batch as [NewEvent, NewEvent];
    await store.append(stream(), batch, 'none');
    const other = { ...a, data: { note: '别的' }, metadata: { ...a.metadata, commandDigest: 'another' } };
    for (const expected of ['none', 'any', 1] as const) {
      for (const wrong of [
        [b, a],
        [b, event()],
        [other, b],
        [event(), a],
      ])
        await expect(store.append(stream(), wrong, expected)).rejects.toMatchObject({ name: 'IdempotencyConflict' });
    }
    expect(await store.readStream(stream())).toHaveLength(2);
  },

  'ES-16 sameness is judged by the digest of the command: other bytes and another time are the same append': async ({
    store,
    stream,
    event,
  }) => {
    const once = event({ data: { sealed: 'AAAA' } });
    const first = await store.append(stream(), [once], 'none');
    const again = { ...once, data: { sealed: 'BBBB' }, metadata: { ...once.metadata, recordedAt: '2013-04-21T00:00:00.000Z' } };
    expect(await store.append(stream(), [again], 'none')).toEqual({ ...first, idempotent: true });
    expect((await store.readStream(stream()))[0]!.data).toEqual({ sealed: 'AAAA' });
  },

  "ES-17 an event id is a stream's own: another stream may hold the same": async ({ store, stream, event }) => {
    const same = event();
    await store.append(stream(), [same], 'none');
    expect(await store.append(stream('2'), [same], 'none')).toMatchObject({ revision: 0, idempotent: false });
  },

  'ES-18 a lost answer is in doubt, and the same append again resolves it': async ({ fixture, store, stream, events }) => {
    const batch = events(2);
    await fixture.loseAnswer!();
    await expect(store.append(stream(), batch, 'none')).rejects.toMatchObject({ name: 'InDoubt' });
    const resolved = await store.append(stream(), batch, 'none');
    expect(resolved).toMatchObject({ revision: 1, idempotent: true });
    expect(await store.readStream(stream())).toHaveLength(2);
  },

  'ES-25 a store that never answers is given up within its deadline': async ({ fixture, stream, event, reopen }) => {
    const deadlineMs = 1_000;
    const store = await reopen({ deadlineMs });
    await store.append(stream(), [event()], 'none');
    await fixture.fallSilent!();
    const began = performance.now();
    await expect(store.append(stream(), [event()], 0)).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(deadlineMs * 2);
  },

  'ES-26 a cancelled append is stored as a whole or absent, and ends at once': async ({ store, stream, events }) => {
    await expect(store.append(stream(), events(3), 'none', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'StoreUnavailable',
    });
    const stop = new AbortController();
    const batch = events(3);
    const waiting = store.append(stream(), batch, 'none', { signal: stop.signal });
    stop.abort();
    const outcome = await waiting.then(
      () => 'stored',
      (error: Error) => error.name,
    );
    expect(['stored', 'InDoubt', 'StoreUnavailable']).toContain(outcome);
    expect(await store.append(stream(), batch, 'none')).toMatchObject({ revision: 2 });
    expect(await store.readStream(stream())).toHaveLength(3);
  },
});
