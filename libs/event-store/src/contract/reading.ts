import { expect } from '@jest/globals';
import { z } from 'zod';
import { partOf } from '../part.js';
import { CorruptEvent, type StoredEvent } from '../port.js';
import { positionOf, positionText } from '../position.js';
import { eachEvent } from '../subscribe.js';
import { versioned } from '../versioned.js';
import { type Assertion, fill } from './fixture.js';

export const reading = (many: number): Record<string, Assertion> => ({
  'ES-27 pages of any size neither lose nor repeat an event, and begin where they are asked to': async subject => {
    const { store, stream, log } = subject;
    await fill(subject, 130);
    const all = (await log()).map(one => one.position);
    expect(all).toHaveLength(130);
    for (const limit of [1, 2, 63, 64, 65, 1000]) {
      const read: number[] = [];
      for await (const event of eachEvent(store, { after: subject.start, pageEvents: limit, streams: [stream('fill')] }))
        read.push(event.position);
      expect(read).toEqual(all);
    }
    const revisions = async (options: object) => (await store.readStream(stream('fill-0'), options)).map(one => one.revision);
    expect(await revisions({ from: 98 })).toEqual([98, 99]);
    expect(await revisions({ from: 98, limit: 1 })).toEqual([98]);
    expect(await revisions({ from: 100 })).toEqual([]);
  },

  'ES-28 backward from the end comes the newest first, no more than asked for': async ({ store, stream, events }) => {
    await store.append(stream(), events(130), 'none');
    const back = async (options: object) =>
      (await store.readStream(stream(), { direction: 'backward', ...options })).map(one => one.revision);
    expect(await back({ limit: 3 })).toEqual([129, 128, 127]);
    expect(await back({ to: 1 })).toEqual([1, 0]);
    expect(await back({ from: 128 })).toEqual([129, 128]);
    expect(await back({})).toEqual(Array.from({ length: 130 }, (_, index) => 129 - index));
  },

  'ES-29 a stream that does not exist reads as empty': async ({ store, stream, start }) => {
    expect(await store.readStream(stream('none'))).toEqual([]);
    expect(await store.readStream(stream('none'), { direction: 'backward', limit: 1 })).toEqual([]);
    expect((await store.readAll({ after: start, limit: 5, streams: [stream('none')] })).events).toEqual([]);
  },

  'ES-30 as of a revision and as of an instant, both inclusive': async ({ store, stream, event }) => {
    const at = (day: number) => `2013-04-0${day}T08:00:00.000Z`;
    for (const day of [1, 2, 3]) {
      const one = event();
      await store.append(stream(), [{ ...one, metadata: { ...one.metadata, recordedAt: at(day) } }], 'any');
    }
    const seen = async (options: object) => (await store.readStream(stream(), options)).map(one => one.revision);
    expect(await seen({ to: 1 })).toEqual([0, 1]);
    expect(await seen({ recordedUntil: at(2) })).toEqual([0, 1]);
    expect(await seen({ recordedUntil: '2013-04-02T07:59:59.999Z' })).toEqual([0]);
  },

  'ES-31 leaving an iteration early leaves nothing open': async subject => {
    const { store, stream, event, fixture } = subject;
    await fill(subject, 300);
    let read = 0;
    for await (const _ of eachEvent(store, { after: subject.start, pageEvents: 100 })) if (++read === 10) break;
    expect(read).toBe(10);
    expect(fixture.openReads?.() ?? 0).toBe(0);
    await store.append(stream(), [event()], 'none');
  },

  [`ES-32 a slow reader of ${many} events holds bounded memory`]: async subject => {
    const { store, stream } = subject;
    await fill(subject, many, { data: { note: 'x'.repeat(400) } });
    const held = () => process.memoryUsage().heapUsed;
    let [read, most] = [0, 0];
    const base = held();
    for await (const _ of eachEvent(store, { after: subject.start, streams: [stream('fill')] })) {
      if (++read % 5_000 === 0) most = Math.max(most, held() - base);
    }
    expect(read).toBe(many);
    expect(most).toBeLessThan(64 * 2 ** 20);
  },

  'ES-32 a page of big events ends when it holds so many bytes, and the next goes on there': async subject => {
    const { store, stream, event, events, start } = subject;
    await store.append(stream(), events(3), 'none');
    for (let index = 0; index < 6; index++)
      await store.append(stream('big'), [event({ data: { note: 'x'.repeat(60_000) } })], 'any');
    await store.append(stream(), events(3), 'any');
    const sizes: number[] = [];
    const read: StoredEvent[] = [];
    for (let after = start; sizes.length < 100;) {
      const slice = await store.readAll({ after, limit: 100, bytes: 100_000, streams: [stream('')] });
      if (slice.events.length === 0) break;
      sizes.push(slice.events.length);
      read.push(...slice.events);
      expect(slice.bytes).toBeLessThan(165_000);
      after = slice.upTo;
    }
    expect(sizes).toEqual([5, 2, 2, 3]);
    expect(read).toEqual(await subject.log());
    expect((await store.readAll({ after: start, limit: 100, bytes: 1, types: ['Nothing'] })).upTo).toBe(await store.head());
  },

  'ES-33 an error in mid-read goes on after the last event read: none lost, none twice': async subject => {
    const { store, stream, fixture } = subject;
    await fill(subject, 400);
    for (const after of [0, 63, 70, 130]) {
      await fixture.failRead!(after);
      const read: StoredEvent[] = [];
      for await (const event of eachEvent(store, { after: subject.start, streams: [stream('fill')], pageEvents: 150 }))
        read.push(event);
      expect(new Set(read.map(one => one.position)).size).toBe(400);
      expect(read).toHaveLength(400);
    }
  },

  'ES-34 what goes in comes out': async ({ store, stream, event, log }) => {
    const data = {
      text: '“4·20”芦山 🏛 \u2028\u2029 \u0000 "\\\n',
      empty: {},
      none: [],
      deep: { a: [{ b: null }, [[]]] },
      $key: 'dollar',
      '2': 'two',
      '1': 'one',
      __proto: 1,
      big: Number.MAX_SAFE_INTEGER,
      beyond: '9007199254740993',
      small: -0.000001,
      on: '2013-04-20',
      truth: [true, false],
    };
    const one = event({ data });
    const metadata = { ...one.metadata, $causedBy: 'x', backdated: { source: '登记簿', reason: '补录' } };
    await store.append(stream(), [{ ...one, metadata }], 'none');
    for (const read of [(await store.readStream(stream()))[0]!, (await log())[0]!]) {
      expect(read).toMatchObject({ id: one.id, stream: stream(), revision: 0, type: 'Noted', version: 1 });
      expect(read.data).toEqual(data);
      expect(read.metadata).toEqual(metadata);
    }
  },

  'ES-35 a stored payload that is no JSON is a corrupt event, never a string': async ({ fixture, store, stream }) => {
    await fixture.corrupt!(stream());
    await expect(store.readStream(stream())).rejects.toMatchObject({ name: 'CorruptEvent', stream: stream(), revision: 0 });
    await expect(store.readStream(stream())).rejects.toBeInstanceOf(CorruptEvent);
  },

  'ES-36 an unknown type of event, or a version not known yet, comes as it is stored, with a flag, and is never dropped': async ({
    store,
    stream,
    event,
    start,
  }) => {
    const known = versioned(store, { Noted: { version: 1, data: z.object({ note: z.string() }) } });
    await store.append(
      stream(),
      [event(), event({ type: 'NeverHeardOf', data: { a: 1 } }), event({ version: 7, data: { b: 2 } })],
      'none',
    );
    for (const read of [
      await known.readStream(stream()),
      (await known.readAll({ after: start, limit: 9, streams: [stream()] })).events,
    ]) {
      expect(read.map(({ type, version, unknown }) => ({ type, version, unknown }))).toEqual([
        { type: 'Noted', version: 1, unknown: undefined },
        { type: 'NeverHeardOf', version: 1, unknown: true },
        { type: 'Noted', version: 7, unknown: true },
      ]);
      expect(read.map(({ data }) => data)).toEqual([{ note: '公开' }, { a: 1 }, { b: 2 }]);
    }
  },

  'ES-37 positions strictly rise in commit order': async ({ store, stream, event, log }) => {
    const appended: number[] = [];
    for (let index = 0; index < 20; index++)
      appended.push((await store.append(stream(String(index % 3)), [event()], 'any')).position);
    expect((await log()).map(one => one.position)).toEqual(appended);
    expect(appended).toEqual([...appended].sort((a, b) => a - b));
    expect(new Set(appended).size).toBe(20);
  },

  'ES-47 a filter by type, by stream or by part gives what filtering the whole log gives': async ({
    store,
    stream,
    event,
    log,
    start,
  }) => {
    for (let index = 0; index < 40; index++)
      await store.append(
        stream(['x', 'xy', 'z', 'z1', 'z2', 'zz3', 'z44'][index % 7]),
        [event({ type: ['A', 'B', 'C', 'D'][index % 4]! })],
        'any',
      );
    const all = await log();
    const filters: [object, (one: StoredEvent) => boolean][] = [
      [{ streams: [stream('x')] }, one => one.stream.startsWith(stream('x'))],
      [{ streams: [stream('xy'), stream('z')] }, one => one.stream !== stream('x')],
      [{ types: ['A', 'C'], streams: [stream('')] }, one => ['A', 'C'].includes(one.type)],
      [{ types: ['B'], streams: [stream('z')] }, one => one.type === 'B' && one.stream.startsWith(stream('z'))],
      [{ types: [], streams: [stream('')] }, () => false],
      ...[0, 1, 2].map((part): [object, (one: StoredEvent) => boolean] => [
        { streams: [stream('')], part: { part, of: 3 } },
        one => partOf(one.stream, 3) === part,
      ]),
    ];
    for (const [filter, keeps] of filters) {
      const read: StoredEvent[] = [];
      for await (const one of eachEvent(store, { after: start, pageEvents: 7, ...filter })) read.push(one);
      expect(read).toEqual(all.filter(keeps));
    }
  },

  'ES-49 a position is text that sorts as the log does, and comes back from it': async ({ store, stream, event, log }) => {
    for (let index = 0; index < 12; index++) await store.append(stream(), [event()], 'any');
    const positions = (await log()).map(one => one.position);
    const texts = positions.map(positionText);
    expect([...texts].sort()).toEqual(texts);
    expect(texts.map(positionOf)).toEqual(positions);
    expect([positionText(9), positionText(10)].sort()).toEqual([positionText(9), positionText(10)]);
    expect(() => positionOf('12')).toThrow(RangeError);
  },

  'ES-52 the head is known, and no event delivered lies beyond it': async ({ store, stream, event, log }) => {
    const { position } = await store.append(stream(), [event()], 'none');
    expect(await store.head()).toBe(position);
    for (const one of await log()) expect(one.position).toBeLessThanOrEqual(await store.head());
  },

  'ES-53 a stream deleted softly reads as missing and goes on; deleted for good it takes nothing': async ({
    store,
    stream,
    event,
    events,
    log,
  }) => {
    const deletion = (kind: string) => event({ type: 'StreamDeleted', data: { kind, why: '误建' } });
    await store.append(stream(), events(2), 'none');
    await store.append(stream(), [deletion('soft')], 1);
    expect(await store.readStream(stream())).toEqual([]);
    await expect(store.append(stream(), [event()], 'exists')).rejects.toMatchObject({ name: 'WrongExpectedRevision' });
    expect(await store.append(stream(), events(2), 'none')).toMatchObject({ revision: 4 });
    expect((await store.readStream(stream())).map(one => one.revision)).toEqual([3, 4]);
    expect((await store.readStream(stream(), { direction: 'backward' })).map(one => one.revision)).toEqual([4, 3]);
    expect((await store.readStream(stream(), { limit: 1 })).map(one => one.revision)).toEqual([3]);
    const hard = [deletion('hard')];
    const gone = await store.append(stream(), hard, 'exists');
    expect(await store.append(stream(), hard, 'exists')).toEqual({ ...gone, idempotent: true });
    for (const expected of ['any', 'none', 'exists', 5] as const)
      await expect(store.append(stream(), [event()], expected)).rejects.toMatchObject({
        name: 'StreamIsDeleted',
        stream: stream(),
      });
    expect(await store.readStream(stream())).toEqual([]);
    await expect(store.append(stream('x'), [deletion('soft'), event()], 'none')).rejects.toMatchObject({ name: 'InvalidAppend' });
    expect(await log()).toHaveLength(6);
  },
});
