import { describe, expect, test } from '@jest/globals';
import kurrentdb, { type ReadAllOptions, type ReadStreamOptions } from '@kurrent/kurrentdb-client';
import { clientOf, countOf, event, events, numbers, scene, thrown, until } from './fake-kurrentdb.scene.js';
import type { Stored } from './log.js';

const at = (stored: Stored | undefined) => {
  const position = BigInt(stored?.position ?? -1);
  return { commit: position, prepare: position };
};

describe('fake KurrentDB: a read of a stream', () => {
  test.each<[string, ReadStreamOptions, number[]]>([
    ['from the start', {}, [0, 1, 2, 3, 4]],
    ['inclusive forwards', { fromRevision: 3n }, [3, 4]],
    ['inclusive backwards', { direction: 'backwards', fromRevision: 1n }, [1, 0]],
    ['from the end backwards', { direction: 'backwards', fromRevision: 'end' }, [4, 3, 2, 1, 0]],
    ['at most so many', { fromRevision: 1n, maxCount: 2 }, [1, 2]],
    ['past the end is empty', { fromRevision: 5n }, []],
    ['backwards from past the end', { direction: 'backwards', fromRevision: 9n, maxCount: 2 }, [4, 3]],
    ['backwards without a start goes forwards', { direction: 'backwards' }, [0, 1, 2, 3, 4]],
    ['forwards from the end goes backwards', { direction: 'forwards', fromRevision: 'end' }, [4, 3, 2, 1, 0]],
  ])('%s', async (_, options, expected) => {
    const { client } = await scene();
    await client.appendToStream('a.b-1', events(5));
    await client.appendToStream('a.b-2', events(1));
    expect(await numbers(client.readStream('a.b-1', options))).toEqual(expected);
  });

  test('of a stream that is missing, or deleted, throws at the first event', async () => {
    const { client } = await scene();
    const read = client.readStream('a.b-1');
    expect(await thrown(numbers(read))).toMatchObject({ type: 'stream-not-found', streamName: 'a.b-1' });
    await client.appendToStream('a.b-1', events(2));
    await client.deleteStream('a.b-1');
    expect(await thrown(numbers(client.readStream('a.b-1')))).toMatchObject({ type: 'stream-not-found' });
  });

  test('gives back what was written, with the time in whole seconds', async () => {
    const { fake, client } = await scene({ now: () => new Date('2026-02-03T04:05:06.789Z') });
    const data = { text: '公开 🀄\u2028', empty: {}, none: null, list: [1, 'two', [3]] };
    const metadata = { $correlationId: 'x', deep: { a: [1] } };
    const written = kurrentdb.jsonEvent({ type: '记录', data, metadata });
    await client.appendToStream('a.b-1', [written, kurrentdb.binaryEvent({ type: 'Raw', data: Buffer.from([0, 255]) })]);
    const found: unknown[] = [];
    for await (const { event } of client.readStream('a.b-1')) found.push(event);
    expect(found[0]).toEqual({
      ...{ streamId: 'a.b-1', revision: 0n, id: written.id, type: '记录', data, metadata, isJson: true },
      ...{ created: new Date('2026-02-03T04:05:06Z'), position: at(fake.log()[0]) },
    });
    expect(found[1]).toMatchObject({ isJson: false, data: new Uint8Array([0, 255]), metadata: undefined });
  });

  test.each<[string, ReadStreamOptions & { stream?: string }]>([
    ['no events at all', { maxCount: 0 }],
    ['no stream', { stream: '' }],
    ['a revision no stream reaches', { fromRevision: 2n ** 63n }],
  ])('that asks for %s is unavailable', async (_, { stream = 'a.b-1', ...options }) => {
    const { client } = await scene();
    await client.appendToStream('a.b-1', events(2));
    expect(await thrown(numbers(client.readStream(stream, options)))).toMatchObject({ type: 'unavailable' });
    expect(await numbers(client.readStream('a.b-1'))).toEqual([0, 1]);
  });

  test('leaves out what was there before its deletion', async () => {
    const { client } = await scene();
    await client.appendToStream('a.b-1', events(3));
    await client.deleteStream('a.b-1');
    await client.appendToStream('a.b-1', events(2));
    expect(await numbers(client.readStream('a.b-1', { direction: 'backwards', fromRevision: 'end' }))).toEqual([1, 0]);
    expect(await numbers(client.readStream('a.b-1', { fromRevision: 1n }))).toEqual([0, 1]);
  });

  test('of many events yields each once, in pages and as a whole', async () => {
    const { client } = await scene();
    await client.appendToStream('a.b-1', events(200));
    expect(await countOf(client.readStream('a.b-1'))).toBe(200);
    for (const maxCount of [63, 64, 65]) {
      let revision = 0n;
      for (let page: bigint[] = []; ; page = []) {
        for await (const { event } of client.readStream('a.b-1', { fromRevision: revision, maxCount }))
          page.push(event?.revision ?? -1n);
        expect(page).toEqual(page.map((_, index) => revision + BigInt(index)));
        revision += BigInt(page.length);
        if (page.length < maxCount) break;
      }
      expect(revision).toBe(200n);
    }
  });
});

describe('fake KurrentDB: a read of $all', () => {
  async function three() {
    const { fake, client } = await scene();
    await client.appendToStream('a.b-1', event(0));
    await client.appendToStream('a.c-1', event(1));
    await client.appendToStream('b.b-1', event(2));
    const own = kurrentdb.streamNameFilter({ regex: '^[^$]' });
    const read = (options: ReadAllOptions) => numbers(client.readAll({ filter: own, ...options }));
    return { fake, client, read, log: fake.log() };
  }

  test('is inclusive forwards and exclusive backwards', async () => {
    const { read, log } = await three();
    expect(await read({ fromPosition: at(log[1]) })).toEqual([1, 2]);
    expect(await read({ direction: 'backwards', fromPosition: at(log[1]) })).toEqual([0]);
    expect(await read({ direction: 'backwards', fromPosition: 'end', maxCount: 2 })).toEqual([2, 1]);
    expect(await read({ direction: 'forwards', fromPosition: 'end' })).toEqual([2, 1, 0]);
    expect(await read({ direction: 'backwards' })).toEqual([0, 1, 2]);
  });

  test('takes filters by stream and by type, as prefixes and as expressions', async () => {
    const { client } = await three();
    const read = (filter: NonNullable<ReadAllOptions['filter']>) => numbers(client.readAll({ filter }));
    expect(await read(kurrentdb.streamNameFilter({ prefixes: ['a.'] }))).toEqual([0, 1]);
    expect(await read(kurrentdb.streamNameFilter({ prefixes: ['a.c', 'b.'] }))).toEqual([1, 2]);
    expect(await read(kurrentdb.streamNameFilter({ regex: '\\.b-' }))).toEqual([0, 2]);
    expect(await read(kurrentdb.eventTypeFilter({ prefixes: ['Count'] }))).toEqual([0, 1, 2]);
    expect(await read(kurrentdb.eventTypeFilter({ regex: '^Uncounted$' }))).toEqual([]);
  });

  test('meets the events of the server itself, and positions that cannot be counted', async () => {
    const { fake, client } = await scene({ systemEventsEvery: 2 });
    for (let n = 0; n < 4; n += 1) await client.appendToStream('a.b-1', event(n));
    await client.deleteStream('a.b-1');
    const streams: string[] = [];
    const positions: bigint[] = [];
    for await (const { event } of client.readAll()) {
      streams.push(event?.streamId ?? '');
      positions.push(event?.position?.commit ?? 0n);
      expect(event?.position?.prepare).toBe(event?.position?.commit);
    }
    expect(streams).toEqual(fake.log({ system: true }).map(stored => stored.stream));
    expect(streams.filter(stream => stream === '$stats-127.0.0.1:2113')).toHaveLength(2);
    expect(streams).toContain('$$a.b-1');
    expect(positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? 0n) + 100n)).toBe(true);
  });

  test('without system events begins with the first append', async () => {
    const { client } = await scene({ systemEventsEvery: 0 });
    await client.appendToStream('a.b-1', events(2));
    expect(await numbers(client.readAll())).toEqual([0, 1]);
  });

  test('from inside an event is unavailable; after the last it is empty', async () => {
    const { client, read, log } = await three();
    const { commit } = at(log[2]);
    const inside = { commit: commit + 1n, prepare: commit + 1n };
    const beyond = { commit: commit + 10_000n, prepare: commit + 10_000n };
    expect(await thrown(read({ fromPosition: inside }))).toMatchObject({ type: 'unavailable' });
    expect(await thrown(read({ direction: 'backwards', fromPosition: inside }))).toMatchObject({ type: 'unavailable' });
    expect(await read({ fromPosition: beyond })).toEqual([]);
    expect(await thrown(numbers(client.readAll({ maxCount: 0 })))).toMatchObject({ type: 'unavailable' });
  });

  test('still has what was deleted from its stream', async () => {
    const { client, read } = await three();
    await client.deleteStream('a.b-1');
    await client.tombstoneStream('a.c-1');
    const streams: (string | undefined)[] = [];
    for await (const { event } of client.readAll()) streams.push(event?.type === '$streamDeleted' ? event.streamId : undefined);
    expect(streams.filter(Boolean)).toEqual(['a.c-1']);
    expect(await numbers(client.readAll({ filter: kurrentdb.eventTypeFilter({ prefixes: ['Counted'] }) }))).toEqual([0, 1, 2]);
    await expect(read({ maxCount: 1 })).resolves.toEqual([0]);
  });
});

test('fake KurrentDB: a read that is broken off is seen, and one page is not', async () => {
  const { fake, client } = await scene();
  for (let n = 0; n < 10; n += 1) await client.appendToStream('a.b-1', events(500));
  const reading = client.readStream('a.b-1')[Symbol.asyncIterator]();
  await reading.next();
  expect(fake.traffic).toMatchObject({ open: { reads: 1 }, cancelledReads: 0 });
  expect(await countOf(client.readStream('a.b-1', { maxCount: 64 }))).toBe(64);
  expect(fake.traffic).toMatchObject({ open: { reads: 1 }, cancelledReads: 0 });
  fake.faults.dropConnections();
  await until(() => fake.traffic.open.reads === 0);
  expect(fake.traffic.cancelledReads).toBe(1);
  expect(fake.traffic.eventsRead).toBeLessThan(5_000);
});

test('fake KurrentDB: gossip leads to the same server', async () => {
  const { fake, client } = await scene();
  await client.appendToStream('a.b-1', event(7));
  const discovering = clientOf(fake.discoverUrl);
  expect(await numbers(discovering.readStream('a.b-1'))).toEqual([7]);
  await discovering.appendToStream('a.b-1', event(8));
  expect(await numbers(client.readStream('a.b-1'))).toEqual([7, 8]);
  expect(fake.traffic.calls.gossip).toBe(2);
});
