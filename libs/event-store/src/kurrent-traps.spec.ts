import { readFileSync } from 'node:fs';
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
  scene,
  server,
  soon,
  stream,
} from './kurrent-fake.fixture.js';
import { readKurrentUrl } from './kurrent-url.js';
import { eachEvent } from './subscribe.js';

/** The client's traps (1 to 25), as the adapter meets each of them. */

/** Lines that no test can be about, and why. */
const doesNotApply: Record<string, string> = {
  '5.1.8': 'a checkpoint callback that throws stalls a subscription: the client is given none; the house keeps its own (ES-48)',
  '5.1.13':
    'the meaning of checkpointInterval: nobody listens to the server’s checkpoints; a slice says itself how far it reaches',
  '5.1.14': 'no checkpoints without a filter: as 13; the position is that of each event',
  '5.1.16': 'links of $ce- and $et- streams: none is read, system streams are not the house’s and links are never resolved',
  '5.1.18': 'persistent subscriptions: none is used; projections follow the log',
  '5.1b.r': 'rates of a real server: figures are taken by a benchmark, not by a test',
};

describe('KurrentDB’s traps, on a fake server', () => {
  for (const [line, reason] of Object.entries(doesNotApply))
    it(`${line} does not apply: ${reason}`, () => expect(reason.length).toBeGreaterThan(20));

  it('5.1.1 what JSON cannot hold is refused before the client sees it', async () => {
    const { fake, store } = await scene();
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    for (const data of [{ n: 1n }, cycle])
      expect(await failure(store.append(stream, [event({ data })], 'any'))).toBe('InvalidAppend');
    expect(fake.traffic.calls.append).toBe(0);
  });

  it('5.1.2 5.1.3 every append is a call of its own, which keeps its deadline, with or without a user', async () => {
    const { fake, store } = await hurried();
    const named = await open({ url: fake.url.replace('//', '//admin:changeit@') }, deadlineMs);
    await store.append(stream, [event()], 'none');
    await named.append(stream, [event()], 0);
    expect(fake.traffic.calls).toMatchObject({ append: 2, batchAppend: 0 });
    fake.faults.silence('append', 'batchAppend');
    expect(await failure(named.append(stream, [event()], 1))).toBe('InDoubt');
    await named.readStream(stream);
    expect(await failure(named.append(stream, [event()], 1))).toBe('InDoubt');
  });

  it('5.1.4 a read that is not answered is given up at the deadline', async () => {
    const { fake, store } = await hurried();
    await store.append(stream, [event()], 'none');
    fake.faults.silence('read');
    for (const asked of [
      () => store.readStream(stream),
      () => store.readStream(stream, { direction: 'backward', limit: 1 }),
      () => store.readAll({ after: 0, limit: 10 }),
      () => store.head(),
      () => store.append('catalogue.record-new', [event()], 'none'),
    ])
      expect(await failure(asked())).toBe('StoreUnavailable');
  });

  it('5.1.5 the server is not asked for its features, so a server that does not tell them holds up nothing', async () => {
    const fake = await server();
    fake.faults.silence('features');
    const store = await open(fake);
    expect(await store.append(stream, [event()], 'none')).toMatchObject({ revision: 0 });
    expect(fake.traffic.calls.features).toBe(0);
  });

  it.each([0, 1, 63, 64, 70, 130])('5.1.6 a read that breaks off after %d events is read on from there', async afterEvents => {
    const { fake, store } = await scene({ systemEventsEvery: 0 });
    await store.append(stream, events(200), 'none');
    for (const read of [() => store.readStream(stream), () => everything(store)]) {
      const before = fake.traffic.eventsRead;
      fake.faults.nextRead({ afterEvents, then: 'unavailable' });
      expect((await read()).map(one => one.revision)).toEqual(Array.from({ length: 200 }, (_, index) => index));
      // What came was kept: at most the event to go on after comes once more.
      expect(fake.traffic.eventsRead - before).toBeLessThanOrEqual(201);
    }
  });

  it('5.1.7 every read has a count, and one that is given up is cancelled at once', async () => {
    const { fake, store } = await hurried({ systemEventsEvery: 0 });
    for (let index = 0; index < 5; index++) await store.append(stream, events(100), 'any');
    const before = fake.traffic.eventsRead;
    for await (const _ of eachEvent(store, { after: 0, pageEvents: 50 })) break;
    expect(fake.traffic.eventsRead - before).toBeLessThanOrEqual(51);
    expect(fake.traffic.open.reads).toBe(0);
    fake.faults.nextRead({ afterEvents: 3, then: 'silence', times: 10 });
    expect(await failure(store.readAll({ after: 0, limit: 100 }))).toBe('StoreUnavailable');
    await soon(() => fake.traffic.open.reads === 0);
  });

  it('5.1.9 a subscription that ends is taken up again, and nothing is missed or met twice', async () => {
    const { fake, store } = await scene();
    const tail = following(store);
    for (let round = 0; round < 3; round++) {
      await store.append(stream, events(3), 'any');
      await soon(() => fake.traffic.open.subscriptions === 1);
      if (round % 2) fake.faults.dropConnections();
      else expect(fake.faults.dropSubscriptions()).toBe(1);
      await soon(() =>
        store.append(stream, [event()], 'any').then(
          () => true,
          () => false,
        ),
      );
    }
    await soon(() => fake.traffic.open.subscriptions === 1);
    const all = (await everything(store)).map(one => one.position);
    await soon(() => tail.seen.length === all.length);
    expect(tail.seen).toEqual(all);
  });

  it('5.1.10 broken JSON is a corrupt event; positions are numbers, and the house’s own', async () => {
    const { fake, store } = await scene({ now: () => new Date(0) });
    await store.append(stream, [event({ data: { beyond: '9007199254740993' } }), event()], 'none');
    const [first] = await store.readStream(stream, { to: 0 });
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(first!.data).toEqual({ beyond: '9007199254740993' });
    for (const broken of ['{"half', '"text"', '[1]', Buffer.from([0x7b, 0xff, 0x7d])]) {
      fake.faults.corrupt(stream, 1n, broken);
      for (const read of [store.readStream(stream), everything(store)])
        await expect(read).rejects.toMatchObject({ name: 'CorruptEvent', stream, revision: 1 });
    }
    // A type that nobody asked for is not read.
    expect((await store.readAll({ after: 0, limit: 9, types: ['Other'] })).upTo).toBe(await store.head());
  });

  it('5.1.11 a connection string cannot tell the client to swallow conflicts', () => {
    expect(() => readKurrentUrl('kurrentdb://h:1?tls=false&throwOnAppendFailure=false')).toThrow('throwOnAppendFailure');
  });

  it('5.1.12 the client is pinned to the version whose insides are relied on', () => {
    const declared = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
    expect(declared.dependencies['@kurrent/kurrentdb-client']).toBe('1.3.1');
    const made = kurrentdb.KurrentDBClient.connectionString`kurrentdb://127.0.0.1:1?tls=false`;
    for (const member of ['GRPCStreamCreator', 'callArguments'] as const) expect(typeof made[member]).toBe('function');
  });

  it('5.1.15 a slice begins after its position, though the server includes it', async () => {
    const { store } = await scene();
    await store.append(stream, events(3), 'none');
    const all = await everything(store);
    for (const [index, { position }] of all.entries())
      expect((await store.readAll({ after: position, limit: 9 })).events).toEqual(all.slice(index + 1));
    expect(await store.readAll({ after: all[2]!.position, limit: 9 })).toEqual({ events: [], upTo: all[2]!.position });
  });

  it.each(['drop', 'fall-behind'] as const)('5.1.17 5.1b.l a burst, on a server whose slow consumers %s', async slowConsumers => {
    const { fake, store } = await scene({ slowConsumers });
    const tail = following(store);
    await soon(() => fake.traffic.open.subscriptions === 1);
    for (let round = 0; round < 3; round++) await store.append(stream, events(250), 'any');
    await store.append(stream, [event()], 'any');
    await soon(() => tail.seen.length === 751);
    expect(tail.seen).toEqual((await everything(store)).map(one => one.position));
  });

  it('5.1.19 5.1b.c known ids are known after a restart of the server and of the store, with "any" too', async () => {
    const { fake, store } = await scene();
    const batch = events(3);
    const first = await store.append(stream, batch, 'any');
    await store.append(stream, [event()], 'any');
    await fake.stop();
    await fake.start();
    const again = await open(fake);
    for (const one of [store, again])
      for (const expected of ['any', 'none', 'exists', 3] as const)
        expect(await one.append(stream, batch, expected)).toEqual({ ...first, idempotent: true });
    expect(await failure(again.append(stream, [batch[2]!, event()], 'any'))).toBe('IdempotencyConflict');
    const other = { ...batch[0]!, metadata: { ...batch[0]!.metadata, commandDigest: 'another' } };
    expect(await failure(again.append(stream, [other, ...batch.slice(1)], 'none'))).toBe('IdempotencyConflict');
    expect(fake.log()).toHaveLength(4);
  });

  it('5.1.20 5.1b.o the house deletes by an event; what others delete by the server’s own means reads as missing', async () => {
    const { fake, store } = await scene();
    await store.append(stream, events(2), 'none');
    await store.append(stream, [event({ type: 'StreamDeleted', data: { kind: 'soft', why: '误建' } })], 1);
    expect(await store.append(stream, [event()], 'none')).toMatchObject({ revision: 3 });
    expect(fake.traffic.calls).toMatchObject({ delete: 0, tombstone: 0 });
    const others = client(fake);
    await others.deleteStream(stream);
    expect(await store.readStream(stream)).toEqual([]);
    const fresh = await open(fake);
    const one = event();
    expect(await fresh.append(stream, [one], 'none')).toMatchObject({ revision: 4 });
    expect(await fresh.readStream(stream)).toMatchObject([{ id: one.id, revision: 4 }]);
    await others.tombstoneStream(stream);
    expect(await store.readStream(stream)).toEqual([]);
    expect(await failure(fresh.append(stream, [event()], 'any'))).toBe('StreamIsDeleted');
    expect(await everything(store)).toHaveLength(5);
  });

  it('5.1.21 5.1b.p appends to several streams are not tried', async () => {
    const { fake, store } = await scene();
    expect(store.capabilities.appendMany).toBe(false);
    expect(await failure(store.appendMany([{ stream, events: [event()], expected: 'none' }]))).toBe('InvalidAppend');
    expect(fake.traffic.calls.append).toBe(0);
  });

  it('5.1.22 a silent connection is not waited for: the next call has another', async () => {
    const { fake, store } = await hurried();
    await store.append(stream, [event()], 'none');
    const before = fake.connections();
    fake.faults.silence('append');
    expect(await failure(store.append(stream, [event()], 0))).toBe('InDoubt');
    fake.faults.heal();
    expect(await store.append(stream, [event()], 0)).toMatchObject({ revision: 1 });
    // The silent one is left alone until all it had under way has ended, and then closed.
    expect(fake.connections()).toBe(before + 1);
    await soon(() => fake.connections() === before);
  });

  it('5.1.22 after outages, and after dropped subscriptions, no connection is left over', async () => {
    const { fake, store } = await hurried();
    const tail = following(store);
    for (let round = 0; round < 4; round++) {
      await soon(() => fake.traffic.open.subscriptions === 1);
      fake.faults.dropSubscriptions();
    }
    await fake.stop();
    for (let times = 0; times < 2; times++)
      expect(await failure(store.append(stream, [event()], 'any'))).toBe('StoreUnavailable');
    await fake.start();
    await soon(() =>
      store.append(stream, [event()], 'any').then(
        () => true,
        () => false,
      ),
    );
    await soon(() => tail.seen.length === 1);
    // gRPC looks every ten seconds for connections that nobody uses.
    await soon(() => fake.connections() === 3 && fake.traffic.open.subscriptions === 1, 45_000);
  });

  it('5.1.22 where another node leads, the client’s word for it is followed', async () => {
    const leader = await server();
    const follower = await server();
    const { port } = leader;
    follower.faults.notLeader({ host: '127.0.0.1', port });
    const store = await open(follower);
    expect(await store.append(stream, [event()], 'none')).toMatchObject({ revision: 0 });
    expect(await store.readStream(stream)).toHaveLength(1);
    expect([leader.log().length, follower.log().length]).toEqual([1, 0]);
  });

  it('5.1.24 the native reader opens no connection, and both parsers are given the same checked string', async () => {
    const { fake, store } = await scene();
    await store.append(stream, [event()], 'none');
    await everything(store);
    following(store);
    await soon(() => fake.traffic.open.subscriptions === 1);
    // One to append, one to read, one to follow.
    expect(fake.connections()).toBe(3);
    const { url, credentials } = readKurrentUrl('esdb://na%40me:p%3Ass@a:1,b:2?tls=true');
    expect(url).toMatch(/^kurrentdb:\/\/a:1,b:2\?/);
    expect(credentials).toEqual({ username: 'na@me', password: 'p:ss' });
  });

  it('5.1.25 sizes are checked before sending, and the server’s clock orders and dates nothing', async () => {
    const { fake, store } = await scene({ now: () => new Date('2001-01-01') });
    const big = event({ data: { body: 'x'.repeat(1_000_001) } });
    expect(await failure(store.append(stream, [big], 'none'))).toBe('EventTooLarge');
    expect(fake.traffic.calls.append).toBe(0);
    await store.append(stream, [event()], 'none');
    expect((await store.readStream(stream, { recordedUntil: '2013-04-20T00:00:00.000Z' }))[0]!.metadata.recordedAt).toBe(
      '2013-04-20T00:00:00.000Z',
    );
  });
});
