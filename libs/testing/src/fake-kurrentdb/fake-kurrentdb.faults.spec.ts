import { spawn } from 'node:child_process';
import { describe, expect, jest, test } from '@jest/globals';
import type { KurrentDBClient } from '@kurrent/kurrentdb-client';
import {
  acquainted,
  clientOf,
  countOf,
  event,
  events,
  numbers,
  pause,
  scene,
  thrown,
  unavailable,
  until,
  ways,
  within,
} from './fake-kurrentdb.scene.js';

const failureOf = (subscription: ReturnType<KurrentDBClient['subscribeToAll']>) =>
  new Promise<unknown>(resolve => subscription.on('error', resolve).resume());

describe('fake KurrentDB: a silent server', () => {
  test('keeps a first append waiting for ever, and a client that asked once for longer than the silence', async () => {
    const { fake, client } = await scene();
    fake.faults.silence('features');
    expect(await within(150, client.appendToStream('a.b-1', event(1), { deadline: 50 }))).toBe('pending');
    await until(() => fake.traffic.calls.features === 1);
    fake.faults.heal();
    expect(await within(150, client.appendToStream('a.b-1', event(1), { deadline: 50 }))).toBe('pending');
    await clientOf(fake.url).appendToStream('a.b-1', event(2));
    expect(fake.log()).toHaveLength(1);
  });

  test('keeps a read waiting whatever its deadline, and a subscription unconfirmed', async () => {
    const { fake, client } = await acquainted();
    fake.faults.silence('read', 'subscribe');
    expect(await within(150, numbers(client.readStream('a.b-1', { deadline: 50 })))).toBe('pending');
    expect(await within(150, new Promise(resolve => client.subscribeToAll().on('confirmation', resolve)))).toBe('pending');
    await until(() => fake.traffic.open.reads === 1 && fake.traffic.open.subscriptions === 1);
    fake.faults.heal();
    expect(await numbers(client.readStream('a.b-1'))).toEqual([0, 1, 2]);
  });

  test('lets a delete run into its deadline', async () => {
    const { fake, client } = await acquainted();
    fake.faults.silence('delete', 'tombstone');
    expect(await thrown(client.deleteStream('a.b-1', { deadline: 50 }))).toMatchObject({ type: 'deadline-exceeded', code: 4 });
    expect(await countOf(client.readStream('a.b-1'))).toBe(3);
  });

  test('that is frozen is given up by keepalive, whatever the deadline; thawed, it serves again', async () => {
    // The client deplores the short interval.
    jest.spyOn(console, 'warn').mockImplementation(() => {});
    const { fake, client } = await acquainted({}, '&keepAliveInterval=250&keepAliveTimeout=250');
    fake.faults.freeze();
    expect(await thrown(client.appendToStream('a.b-1', event(1), { deadline: 20 }))).toMatchObject(unavailable);
    fake.faults.thaw();
    await client.appendToStream('a.b-1', event(2));
  });
});

describe('fake KurrentDB: a read that fails', () => {
  test.each([
    [0, 0],
    [63, 0],
    [64, 64],
    [130, 128],
  ])('after %d events has yielded %d: the client keeps whole batches of 64', async (afterEvents, yielded) => {
    const { fake, client } = await acquainted();
    await client.appendToStream('a.b-2', events(200));
    for (const then of ['unavailable', 'disconnect'] as const) {
      fake.faults.nextRead({ afterEvents, then });
      let count = 0;
      const read = (async () => {
        for await (const _ of client.readStream('a.b-2')) count += 1;
      })();
      expect(await thrown(read)).toMatchObject({ type: 'unavailable' });
      expect(count).toBe(yielded);
      expect(await countOf(client.readStream('a.b-2'))).toBe(200);
    }
  });

  test('with another leader looks there, and if none is there is lost to its client for ever', async () => {
    const { fake, client } = await acquainted();
    const read = () => countOf(client.readStream('a.b-1'));
    fake.faults.nextRead({ afterEvents: 0, then: { leader: { host: '127.0.0.1', port: fake.port } } });
    expect(await thrown(read())).toMatchObject({ type: 'not-leader' });
    expect(await read()).toBe(3);
    fake.faults.nextRead({ afterEvents: 0, then: { leader: { host: '127.0.0.1', port: 2 } } });
    await thrown(read());
    expect(await thrown(read())).toMatchObject({ type: 'unavailable' });
    expect(await thrown(read())).toMatchObject({ type: 'unavailable' });
  });

  test('with data that is no JSON yields a string', async () => {
    const { fake, client } = await acquainted();
    fake.faults.corrupt('a.b-1', 1n, '{"n": 1');
    const data: unknown[] = [];
    for await (const { event } of client.readStream('a.b-1')) data.push(event?.data);
    for await (const { event } of client.subscribeToStream('a.b-1', { fromRevision: 0n })) {
      data.push(event?.data);
      if (event?.revision === 2n) break;
    }
    expect(data).toEqual([{ n: 0 }, '{"n": 1', { n: 2 }, '{"n": 1', { n: 2 }]);
  });
});

describe('fake KurrentDB: a server that is down', () => {
  test('refuses a first append without a type, a later call as unavailable, and has lost nothing', async () => {
    const { fake, client } = await acquainted();
    const subscription = client.subscribeToAll();
    const signals: string[] = [];
    for (const signal of ['end', 'close', 'error'] as const) subscription.on(signal, () => signals.push(signal));
    const failed = failureOf(subscription);
    await new Promise(resolve => subscription.once('caughtUp', resolve));
    await fake.stop();
    expect(await failed).toMatchObject(unavailable);
    expect(fake.connections()).toBe(0);
    const first = await thrown(client.appendToStream('a.b-1', event(1)));
    expect([first.type, first.code, first.constructor.name]).toEqual([undefined, 14, 'Error']);
    for (const [, by] of ways.slice(1))
      expect(await thrown(client.appendToStream('a.b-1', event(1), by))).toMatchObject(unavailable);
    expect(await thrown(countOf(client.readStream('a.b-1')))).toMatchObject({ type: 'unavailable' });
    expect(await failureOf(client.subscribeToAll())).toMatchObject(unavailable);
    await fake.start();
    expect((await client.appendToStream('a.b-1', event(3), { streamState: 2n })).nextExpectedRevision).toBe(3n);
    expect(await numbers(client.readStream('a.b-1'))).toEqual([0, 1, 2, 3]);
    await pause(20);
    expect(signals).toEqual(['error']);
  });

  test('at its first read is down for that client for ever, unless it discovers', async () => {
    const { fake, client } = await scene();
    const discovering = clientOf(`${fake.discoverUrl}&maxDiscoverAttempts=1000`);
    await fake.stop();
    expect(await thrown(countOf(client.readAll()))).toMatchObject({ type: 'unavailable' });
    const patient = countOf(discovering.readAll({ maxCount: 3 }));
    expect(await within(100, patient)).toBe('pending');
    await fake.start();
    expect(await patient).toBe(3);
    expect(await thrown(countOf(client.readAll()))).toMatchObject({ type: 'unavailable' });
    await client.appendToStream('a.b-1', event(1));
    await new Promise(resolve => client.subscribeToAll().on('caughtUp', resolve).resume());
  });
});

describe('fake KurrentDB: what else befalls a connection', () => {
  test('all are dropped: what was open fails, what follows is served', async () => {
    const { fake, client } = await acquainted();
    const subscription = client.subscribeToAll();
    const failed = failureOf(subscription);
    await new Promise(resolve => subscription.once('caughtUp', resolve));
    fake.faults.silence('batchAppend');
    const inFlight = thrown(client.appendToStream('a.b-1', event(1)));
    await until(() => fake.traffic.calls.batchAppend === 2);
    expect(fake.connections()).toBe(2);
    expect(fake.faults.dropConnections()).toBe(2);
    expect([await failed, await inFlight]).toEqual([expect.objectContaining(unavailable), expect.objectContaining(unavailable)]);
    // The client is told by its own socket, the server a moment later by its own.
    await until(() => Object.values(fake.traffic.open).every(count => count === 0));
    fake.faults.heal();
    await client.appendToStream('a.b-1', event(2));
    expect(await countOf(client.readStream('a.b-1'))).toBe(4);
  });

  test('everything is refused, or some of it', async () => {
    const { fake, client } = await acquainted();
    fake.faults.refuse();
    for (const [, by] of ways) expect(await thrown(client.appendToStream('a.b-1', event(1), by))).toMatchObject({ code: 14 });
    expect(await thrown(countOf(client.readStream('a.b-1')))).toMatchObject({ type: 'unavailable' });
    expect(await failureOf(client.subscribeToAll())).toMatchObject(unavailable);
    expect(await thrown(client.deleteStream('a.b-1'))).toMatchObject(unavailable);
    fake.faults.heal();
    fake.faults.refuse('subscribe');
    await client.appendToStream('a.b-1', event(1));
    expect(await failureOf(client.subscribeToAll())).toMatchObject(unavailable);
  });

  test('another leader is named; who goes there and comes back is served', async () => {
    const { fake, client } = await acquainted();
    fake.faults.notLeader({ host: '127.0.0.1', port: fake.port }, 'append', 'batchAppend');
    for (const [, by] of ways)
      expect(await thrown(client.appendToStream('a.b-1', event(1), by))).toMatchObject({ type: 'not-leader' });
    fake.faults.heal();
    for (const [, by] of ways) await client.appendToStream('a.b-1', event(1), by);
    expect(fake.log()).toHaveLength(5);
  });

  test('its subscriptions are dropped as too slow', async () => {
    const { fake, client } = await acquainted();
    const failed = [failureOf(client.subscribeToAll()), failureOf(client.subscribeToAll())];
    await until(() => fake.traffic.open.subscriptions === 2);
    expect(fake.faults.dropSubscriptions()).toBe(2);
    for (const error of await Promise.all(failed)) {
      expect(error).toMatchObject({ type: 'unknown', code: 10, message: expect.stringContaining('Consumer too slow') });
    }
    expect(fake.traffic.open.subscriptions).toBe(0);
  });

  test('none: after dispose and close a process ends by itself', async () => {
    const program = `
      const { startFakeKurrentDb } = await import('#testing');
      const { default: kurrentdb } = await import('@kurrent/kurrentdb-client');
      const fake = await startFakeKurrentDb();
      const client = kurrentdb.KurrentDBClient.connectionString(fake.url + '&discoveryInterval=10');
      await client.appendToStream('a.b-1', kurrentdb.jsonEvent({ type: 'Counted', data: {} }));
      for await (const _ of client.readAll());
      await new Promise(resolve => client.subscribeToAll().on('caughtUp', resolve).resume());
      await client.dispose();
      await fake.close();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
    const end = new Promise(resolve => child.on('exit', resolve));
    const code = await within(10_000, end);
    child.kill();
    expect(code).toBe(0);
  });

  test('closed, the server keeps nothing open', async () => {
    const { fake, client } = await acquainted();
    const failed = failureOf(client.subscribeToAll());
    await fake.close();
    expect(await failed).toMatchObject(unavailable);
    expect(fake.connections()).toBe(0);
  });
});
