import { describe, expect, test } from '@jest/globals';
import kurrentdb, { type AllStreamSubscription, type StreamSubscription } from '@kurrent/kurrentdb-client';
import { event, events, pause, scene, thrown, until, within } from './fake-kurrentdb.scene.js';

/** What a subscription says, in its order: its signals by name, the events of ours by number, the server's by type. */
function heard(subscription: AllStreamSubscription | StreamSubscription): unknown[] {
  const all: unknown[] = [];
  for (const signal of ['confirmation', 'caughtUp', 'fellBehind', 'end'] as const)
    subscription.on(signal, () => all.push(signal));
  subscription.on('error', (error: Error & { type?: string; code?: number }) => all.push({ type: error.type, code: error.code }));
  subscription.on('data', ({ event }) => {
    if (event && !event.streamId.startsWith('$')) all.push((event.data as { n?: number }).n ?? event.type);
  });
  return all;
}

const own = { prefixes: ['a.'] };
const tooSlow = { type: 'unknown', code: 10 };

describe('fake KurrentDB: a subscription', () => {
  test('to $all is confirmed, catches up, says so and goes on', async () => {
    const { fake, client } = await scene();
    await client.appendToStream('a.b-1', events(40));
    const said = heard(client.subscribeToAll());
    await until(() => said.includes('caughtUp'));
    await client.appendToStream('a.b-2', event(40));
    await until(() => said.includes(40));
    expect(said).toEqual(['confirmation', ...Array.from({ length: 40 }, (_, n) => n), 'caughtUp', 40]);
    expect(fake.traffic.open.subscriptions).toBe(1);
    await client.dispose();
    await until(() => fake.traffic.open.subscriptions === 0);
  });

  test('begins after its position or revision, and has the time in milliseconds', async () => {
    const { fake, client } = await scene({ now: () => new Date('2026-02-03T04:05:06.789Z') });
    await client.appendToStream('a.b-1', events(3));
    const position = BigInt(fake.log()[1]?.position ?? 0);
    const after = client.subscribeToAll({ fromPosition: { commit: position, prepare: position } });
    const times: (Date | undefined)[] = [];
    after.on('data', ({ event }) => times.push(event?.created));
    const said = [heard(after), heard(client.subscribeToStream('a.b-1', { fromRevision: 1n }))];
    await until(() => said.every(one => one.includes('caughtUp')));
    expect(said).toEqual(Array(2).fill(['confirmation', 2, 'caughtUp']));
    expect(times).toEqual([new Date('2026-02-03T04:05:06.789Z')]);
  });

  test('from the end has only what comes', async () => {
    const { client } = await scene();
    await client.appendToStream('a.b-1', events(3));
    const said = [
      heard(client.subscribeToAll({ fromPosition: 'end' })),
      heard(client.subscribeToStream('a.b-1', { fromRevision: 'end' })),
      heard(client.subscribeToStream('a.b-2', { fromRevision: 'end' })),
    ];
    await until(() => said.every(one => one.includes('caughtUp')));
    await client.appendToStream('a.b-1', event(7));
    await client.appendToStream('a.b-2', event(8));
    await until(() => said[0]?.includes(8) === true);
    expect(said).toEqual([[7, 8], [7], [8]].map(numbers => ['confirmation', 'caughtUp', ...numbers]));
  });

  test('to a stream that is not there waits for it without a word', async () => {
    const { client } = await scene();
    const said = heard(client.subscribeToStream('a.b-1'));
    await until(() => said.length > 0);
    await client.appendToStream('a.b-2', event(1));
    await pause(50);
    expect(said).toEqual(['confirmation']);
    await client.appendToStream('a.b-1', event(2));
    await until(() => said.includes('caughtUp'));
    expect(said).toEqual(['confirmation', 2, 'caughtUp']);
  });

  test('to a stream ends with its tombstone', async () => {
    const { client } = await scene();
    await client.appendToStream('a.b-1', event(1));
    const said = heard(client.subscribeToStream('a.b-1'));
    await until(() => said.includes('caughtUp'));
    await client.tombstoneStream('a.b-1');
    const deleted = { type: 'stream-deleted', code: 9 };
    await until(() => said.length === 5);
    expect(said).toEqual(['confirmation', 1, 'caughtUp', '$streamDeleted', deleted]);
    const again = heard(client.subscribeToStream('a.b-1'));
    await until(() => again.length === 1);
    expect(again).toEqual([deleted]);
  });

  test('from inside an event fails', async () => {
    const { client } = await scene();
    await client.appendToStream('a.b-1', event(1));
    const said = heard(client.subscribeToAll({ fromPosition: { commit: 171n, prepare: 171n } }));
    await until(() => said.length === 1);
    expect(said).toEqual([{ type: 'unknown', code: 2 }]);
  });

  test('with a filter reports how far it looked, also where nothing matches', async () => {
    const { fake, client } = await scene({ systemEventsEvery: 0 });
    await client.appendToStream('b.b-1', events(100));
    const checkpoints: bigint[] = [];
    const checkpointReached = async (_: unknown, { commit }: { commit: bigint }) => void checkpoints.push(commit);
    const filter = kurrentdb.streamNameFilter({ ...own, maxSearchWindow: 10, checkpointInterval: 2, checkpointReached });
    const said = heard(client.subscribeToAll({ filter }));
    await until(() => said.includes('caughtUp'));
    const positionOf = (index: number) => BigInt(fake.log()[index]?.position ?? 0);
    // Ten pages of ten events; every second one reports, and reports its beginning, for it had no match.
    expect(checkpoints).toEqual([10, 30, 50, 70, 90].map(positionOf));
    for (let n = 0; n < 19; n += 1) await client.appendToStream('b.b-1', event(n));
    await client.appendToStream('a.b-1', event(1));
    await until(() => checkpoints.length === 6);
    expect(checkpoints[5]).toBe(positionOf(119));
    expect(said).toEqual(['confirmation', 'caughtUp', 1]);
  });

  test('without a window counts by 32', async () => {
    const { client } = await scene({ systemEventsEvery: 0 });
    await client.appendToStream('b.b-1', events(100));
    let checkpoints = 0;
    const checkpointReached = async () => void (checkpoints += 1);
    const said = heard(client.subscribeToAll({ filter: kurrentdb.eventTypeFilter({ prefixes: ['Count'], checkpointReached }) }));
    await until(() => said.includes('caughtUp'));
    expect(checkpoints).toBe(3);
    expect(said).toHaveLength(102);
  });
});

describe('fake KurrentDB: a burst', () => {
  test('of 100 events drops a live subscription, though nobody was slow; of 99 it does not', async () => {
    const { fake, client } = await scene();
    const said = heard(client.subscribeToAll());
    await until(() => said.includes('caughtUp'));
    await client.appendToStream('a.b-1', events(99));
    await until(() => said.length === 2 + 99);
    await client.appendToStream('a.b-1', events(100));
    await until(() => said.length === 2 + 99 + 32 + 1);
    expect(said.at(-1)).toEqual(tooSlow);
    expect(said.slice(-33, -1)).toEqual(Array.from({ length: 32 }, (_, n) => n));
    await pause(20);
    expect(said).not.toContain('end');
    expect(fake.traffic.open.subscriptions).toBe(0);
  });

  test('that a filter keeps out, or that comes while it catches up, drops nothing', async () => {
    const { client } = await scene();
    await client.appendToStream('a.b-1', events(300));
    const said = heard(client.subscribeToAll({ filter: kurrentdb.streamNameFilter(own) }));
    await client.appendToStream('a.b-2', events(300));
    await until(() => said.includes('caughtUp'));
    await client.appendToStream('b.b-1', events(300));
    await client.appendToStream('a.b-1', event(7));
    await until(() => said.at(-1) === 7);
    expect(said).toHaveLength(2 + 600 + 1);
  });

  test('makes a newer server fall behind and catch up', async () => {
    const { client } = await scene({ slowConsumers: 'fall-behind' });
    const said = heard(client.subscribeToStream('a.b-1', { fromRevision: 'end' }));
    await until(() => said.includes('caughtUp'));
    await client.appendToStream('a.b-1', events(150));
    await until(() => said.filter(one => one === 'caughtUp').length === 2);
    const count = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
    expect(said).toEqual(['confirmation', 'caughtUp', ...count(0, 32), 'fellBehind', ...count(32, 150), 'caughtUp']);
  });

  test('is nothing where the server waits', async () => {
    const { client } = await scene({ slowConsumers: 'wait' });
    const said = heard(client.subscribeToAll());
    await until(() => said.includes('caughtUp'));
    await client.appendToStream('a.b-1', events(500));
    await until(() => said.length === 502);
  });
});

test('fake KurrentDB: a consumer that does not consume is dropped, and hears of it when it does', async () => {
  const { client } = await scene();
  const subscription = client.subscribeToAll();
  const failed = new Promise<never>((_, reject) => subscription.once('error', reject));
  await new Promise(resolve => subscription.once('caughtUp', resolve));
  const heavy = () => kurrentdb.jsonEvent({ type: 'Heavy', data: { text: 'x'.repeat(50_000) } });
  for (let n = 0; n < 200; n += 1) await client.appendToStream('a.b-1', heavy());
  expect(await within(50, failed)).toBe('pending');
  let consumed = 0;
  subscription.on('data', () => (consumed += 1));
  expect(await thrown(failed)).toMatchObject(tooSlow);
  expect(consumed).toBeLessThan(200);
});

test('fake KurrentDB: a subscription that is broken off stays open until it is unsubscribed', async () => {
  const { fake, client } = await scene();
  await client.appendToStream('a.b-1', events(3));
  const subscription = client.subscribeToStream('a.b-1');
  for await (const { event } of subscription) if (event?.revision === 1n) break;
  await pause(50);
  expect(fake.traffic.open.subscriptions).toBe(1);
  await subscription.unsubscribe();
  await until(() => fake.traffic.open.subscriptions === 0);
});

test('fake KurrentDB: a client with 100 subscriptions open can do nothing more', async () => {
  const { fake, client } = await scene();
  const said = Array.from({ length: 105 }, () => heard(client.subscribeToAll()));
  const confirmed = () => said.filter(one => one.includes('confirmation')).length;
  await until(() => confirmed() === 100);
  await pause(50);
  expect([confirmed(), fake.traffic.open.subscriptions]).toEqual([100, 100]);
  expect(await within(200, client.appendToStream('a.b-1', event(1)))).toBe('pending');
});
