import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import kurrentdb from '@kurrent/kurrentdb-client';
import { bytes, event, events, numbers, pause, revisionOf, scene, thrown, ways } from './fake-kurrentdb.scene.js';

const MAX = 1_048_576;

describe.each(ways)('fake KurrentDB: by %s', (way, by) => {
  test('an append is answered with its last revision and position, and counted under its RPC', async () => {
    const { fake, client } = await scene();
    const answer = await client.appendToStream('a.b-1', events(3), { streamState: 'no_stream', ...by });
    const last = fake.log()[2];
    expect(answer).toEqual({
      success: true,
      nextExpectedRevision: 2n,
      position: { commit: BigInt(last?.position ?? 0), prepare: BigInt(last?.position ?? 0) },
    });
    expect(fake.traffic.calls).toMatchObject({ append: 0, batchAppend: 0, [way]: 1 });
  });

  test('a wrong expectation is an error of no name, and writes nothing', async () => {
    const { fake, client } = await scene();
    const append = (streamState: 'no_stream' | 'stream_exists' | bigint) =>
      client.appendToStream('a.b-1', event(1), { streamState, ...by });
    expect(await thrown(append('stream_exists'))).toMatchObject({ expectedState: 'stream_exists', actualState: 'no_stream' });
    expect(await thrown(append(0n))).toMatchObject({ expectedState: 0n, actualState: 'no_stream' });
    await append('no_stream');
    await append(0n);
    for (const wrong of [0n, 7n, 'no_stream'] as const) {
      const error = await thrown(append(wrong));
      expect(error).toBeInstanceOf(kurrentdb.WrongExpectedVersionError);
      expect(error).toMatchObject({ type: 'wrong-expected-version', streamName: 'a.b-1', expectedState: wrong, actualState: 1n });
      expect([error.name, error.message]).toEqual(['Error', '']);
    }
    await append('stream_exists');
    expect(fake.log()).toHaveLength(3);
  });

  test('expectedRevision is no option of an append: it is ignored, and means any', async () => {
    const { client } = await scene();
    const expectingNothing = { expectedRevision: 'no_stream', ...by } as object;
    await client.appendToStream('a.b-1', event(1), expectingNothing);
    expect(await revisionOf(client.appendToStream('a.b-1', event(2), expectingNothing))).toBe(1n);
  });

  test('a retry of the same ids at the same expectation gets the first answer, later and with other data too', async () => {
    const { fake, client } = await scene();
    await client.appendToStream('a.b-1', event(0), by);
    const [id1, id2] = [randomUUID(), randomUUID()];
    const append = (n: number) => client.appendToStream('a.b-1', [event(n, id1), event(n, id2)], { streamState: 0n, ...by });
    const first = await append(1);
    await client.appendToStream('a.b-1', events(5), { streamState: 2n, ...by });
    expect(await append(1)).toEqual(first);
    expect(await append(99)).toEqual(first);
    expect(fake.log().map(stored => JSON.parse(stored.data.toString()).n)).toEqual([0, 1, 1, 0, 1, 2, 3, 4]);
  });

  test('a batch known in part is a wrong expectation; known ids at a new revision are written again', async () => {
    const { fake, client } = await scene();
    const [id1, id2] = [randomUUID(), randomUUID()];
    const append = (ids: string[], streamState: 'no_stream' | 'any' | bigint) =>
      client.appendToStream(
        'a.b-1',
        ids.map(id => event(1, id)),
        { streamState, ...by },
      );
    await append([id1], 'no_stream');
    expect(await thrown(append([id1, id2], 'no_stream'))).toMatchObject({ type: 'wrong-expected-version', actualState: 0n });
    expect(await thrown(append([id1, id2], 'any'))).toMatchObject({ type: 'wrong-expected-version', actualState: 0n });
    expect(await revisionOf(append([id1], 0n))).toBe(1n);
    expect(fake.log().map(stored => stored.id)).toEqual([id1, id1]);
  });

  test('without a revision ids are known by memory: a restart forgets them, and what is stored by revision stays known', async () => {
    const { fake, client } = await scene();
    const [id1, id2] = [randomUUID(), randomUUID()];
    const any = () => client.appendToStream('a.b-1', event(1, id1), { streamState: 'any', ...by });
    const exact = () => client.appendToStream('a.b-2', event(1, id2), { streamState: 'no_stream', ...by });
    const [firstAny, firstExact] = [await any(), await exact()];
    expect(await any()).toEqual(firstAny);
    expect(await exact()).toEqual(firstExact);
    await fake.stop();
    await fake.start();
    await thrown(any());
    expect(await exact()).toEqual(firstExact);
    expect((await any()).nextExpectedRevision).toBe(1n);
    expect(fake.log()).toHaveLength(3);
  });

  test('of 50 appends at one expectation one wins', async () => {
    const { fake, client } = await scene();
    const racing = Array.from({ length: 50 }, () =>
      client.appendToStream('a.b-1', events(2), { streamState: 'no_stream', ...by }),
    );
    const settled = await Promise.allSettled(racing);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(fake.log()).toHaveLength(2);
  });

  test('200 appends that nobody awaits keep the order of their calls', async () => {
    const { fake, client } = await scene();
    // The client lets what opens its batch stream be overtaken by what only uses it.
    await client.appendToStream('a.b-1', event(0), by);
    const [, ...rest] = events(201);
    await Promise.all(rest.map(one => client.appendToStream('a.b-1', one, by)));
    expect(fake.log().map(({ data }) => JSON.parse(data.toString()).n)).toEqual(Array.from({ length: 201 }, (_, n) => n));
  });

  test('what was answered is there to read', async () => {
    const { client } = await scene();
    for (let n = 0; n < 15; n += 1) {
      await client.appendToStream('a.b-1', event(n), by);
      expect(await numbers(client.readStream('a.b-1', { fromRevision: BigInt(n), maxCount: 1 }))).toEqual([n]);
    }
  });

  test('one append takes 1,048,576 bytes of data and not one more', async () => {
    const { fake, client } = await scene();
    await client.appendToStream('a.b-1', [bytes(MAX - 1), bytes(1)], by);
    for (const tooMuch of [[bytes(MAX + 1)], [bytes(MAX), bytes(1)]]) {
      const error = await thrown(client.appendToStream('a.b-1', tooMuch, by));
      expect(error).toMatchObject({ type: 'maximum-append-size-exceeded', maxAppendSize: MAX });
    }
    expect(fake.log()).toHaveLength(2);
  });

  test("an append over gRPC's limit is code 8", async () => {
    const { fake, client } = await scene({ maxMessageSize: 100_000 });
    expect(await thrown(client.appendToStream('a.b-1', bytes(200_000), by))).toMatchObject({ type: 'unknown', code: 8 });
    await client.appendToStream('a.b-1', event(1), by);
    expect(fake.log()).toHaveLength(1);
  });

  test('a deleted stream goes on counting: no_stream is accepted, stream_exists is not', async () => {
    const { fake, client } = await scene();
    const append = (streamState: 'no_stream' | 'stream_exists' | 'any' | bigint) =>
      client.appendToStream('a.b-1', event(1), { streamState, ...by });
    await client.appendToStream('a.b-1', events(3), by);
    await client.deleteStream('a.b-1', { expectedRevision: 2n });
    expect(await thrown(append('stream_exists'))).toMatchObject({ type: 'stream-deleted', streamName: 'a.b-1' });
    expect(await thrown(append(1n))).toMatchObject({ type: 'wrong-expected-version', actualState: 2n });
    expect(await revisionOf(append('no_stream'))).toBe(3n);
    expect(await numbers(client.readStream('a.b-1'))).toEqual([1]);
    expect(fake.log()).toHaveLength(4);
    await client.deleteStream('a.b-1');
    expect(await revisionOf(append(3n))).toBe(4n);
  });

  test('a tombstone answers everything with stream-deleted', async () => {
    const { client } = await scene();
    await client.appendToStream('a.b-1', event(1), by);
    await client.tombstoneStream('a.b-1');
    for (const streamState of ['no_stream', 'stream_exists', 'any', 0n, 1n] as const) {
      const error = await thrown(client.appendToStream('a.b-1', event(1), { streamState, ...by }));
      expect(error).toMatchObject({ type: 'stream-deleted', streamName: 'a.b-1' });
    }
    for (const act of [client.deleteStream('a.b-1'), client.tombstoneStream('a.b-1'), numbers(client.readStream('a.b-1'))]) {
      expect(await thrown(act)).toMatchObject({ type: 'stream-deleted' });
    }
  });
});

test('fake KurrentDB: a message over the limit takes the appends in flight with it, written or not', async () => {
  const { fake, client } = await scene({ maxMessageSize: 1_000_000 });
  await client.appendToStream('a.b-1', event(0));
  const heavy = client.appendToStream('a.b-2', bytes(4_000_000)).catch((error: unknown) => error);
  const settled: PromiseSettledResult<unknown>[] = [];
  for (let n = 0; n < 200 && !settled.some(({ status }) => status === 'rejected'); n += 1) {
    void Promise.allSettled([client.appendToStream('a.b-1', event(n))]).then(results => settled.push(...results));
    await pause(0);
  }
  expect(await heavy).toMatchObject({ code: 8 });
  const failed = settled.filter(result => result.status === 'rejected');
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.map(({ reason }) => (reason as { code: number }).code)).toContain(8);
  expect(await revisionOf(client.appendToStream('a.b-1', event(1)))).toBe(BigInt(fake.log().length - 1));
});

test('fake KurrentDB: a delete expects by expectedRevision, and tells what it found as numbers', async () => {
  const { client } = await scene();
  expect(await thrown(client.deleteStream('a.b-1'))).toMatchObject({ type: 'wrong-expected-version', actualState: -1n });
  await client.appendToStream('a.b-1', event(1));
  const ignored = { streamState: 7n } as object;
  expect(await thrown(client.deleteStream('a.b-1', { expectedRevision: 7n }))).toMatchObject({
    expectedState: 7n,
    actualState: 0n,
  });
  expect((await client.deleteStream('a.b-1', ignored)).position?.commit).toBeGreaterThan(0n);
});

test('fake KurrentDB: an id that is no UUID is refused without a reason worth reading', async () => {
  const { fake, client } = await scene();
  expect(await thrown(client.appendToStream('a.b-1', event(1, 'one')))).toMatchObject({ type: 'unknown' });
  expect(fake.log()).toHaveLength(0);
});

test('fake KurrentDB: several streams in one append are not supported', async () => {
  const { client } = await scene();
  expect(await thrown(client.multiStreamAppend([]))).toMatchObject({ type: 'unsupported', minimumVersion: '25.1' });
  expect(await thrown(client.appendRecords([]))).toMatchObject({ type: 'unsupported', minimumVersion: '26.1' });
});
