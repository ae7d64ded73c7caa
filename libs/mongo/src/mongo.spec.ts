import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type MongoServer, type MongoWire, onMongoServer, startMongoServer, startMongoWire, whyNoMongoServer } from '#testing';
import { connectMongo, type Database, type Mongo, MongoUnavailable, MongoUnusable, readMongoUrl } from './index.js';

const sentence = /^[^\n]+[。] \/ [^\n]+\.$/;
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const refusalOf = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('The address of a MongoDB', () => {
  it('names hosts and a database, and is shown without user and password', () => {
    expect(readMongoUrl('mongodb://officer:s3cret@one:27017,two:27018/office?replicaSet=rs0')).toMatchObject({
      database: 'office',
      shown: 'mongodb://one:27017,two:27018/office',
    });
    expect(readMongoUrl('mongodb+srv://cluster.example.cn')).toMatchObject({
      database: 'gongkai',
      shown: 'mongodb+srv://cluster.example.cn/gongkai',
    });
    expect(readMongoUrl('mongodb://[::1]:27017/').database).toBe('gongkai');
  });

  it.each([
    'localhost:27017',
    'http://localhost:27017',
    'mongodb://',
    'mongodb://u:p@ss@host/x',
    'mongodb://host/a.b',
    'mongodb://a b',
  ])('that is %s is refused in one sentence', url => {
    const refused = refusalOf(() => readMongoUrl(url));
    expect(refused).toBeInstanceOf(MongoUnusable);
    expect((refused as Error).message).toMatch(sentence);
    expect((refused as Error).message).not.toContain('p@ss');
  });
});

(whyNoMongoServer() === undefined ? describe : describe.skip)(onMongoServer('A connection to MongoDB'), () => {
  let server: MongoServer;
  let wire: MongoWire;
  let mongo: Mongo | undefined;
  beforeAll(async () => {
    server = await startMongoServer();
  });
  afterAll(() => server?.close());
  beforeEach(async () => {
    wire = await startMongoWire(server.url);
  });
  afterEach(async () => {
    await mongo?.close();
    mongo = undefined;
    await wire.close();
  });
  const connected = async () => (mongo = await connectMongo(wire.url, { deadlineMs: 2_000 }));
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error as Error,
    );
  const insert = (_id: string) => mongo!.use(database => database.collection<{ _id: string }>('notes').insertOne({ _id }));
  const stored = (_id: string) => mongo!.use(database => database.collection<{ _id: string }>('notes').countDocuments({ _id }));

  it('writes what a majority has on its disks, and reads it', async () => {
    await connected();
    let asked = '';
    wire.next('insert', { then: 'cut' }, { when: text => ((asked = text), false) });
    await insert('first');
    expect(asked).toMatch(/writeConcern.*majority/s);
    expect(asked).toMatch(/\x08j\0\x01/);
    expect(await stored('first')).toBe(1);
  });

  it.each([
    ['a connection that is lost before the command arrives', { then: 'cut' }, 0],
    ['an answer that is lost', { then: 'cut-after' }, 1],
    ['half an answer', { then: 'half-answer' }, 1],
    ['no answer', { then: 'silence' }, 1],
    ['no primary', { then: 'error', code: 10107, codeName: 'NotWritablePrimary', message: 'not primary' }, 0],
    ['a full disk', { then: 'error', code: 14031, codeName: 'OutOfDiskSpace', message: 'No space left on device' }, 0],
  ] as const)('says %s in one sentence within the deadline, and goes on afterwards', async (what, fault, written) => {
    await connected();
    const id = what;
    wire.next('insert', fault);
    const began = performance.now();
    const error = await failure(insert(id));
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(wire.pending()).toBe(0);
    expect(error).toBeInstanceOf(MongoUnavailable);
    expect(error!.message).toMatch(sentence);
    expect(await stored(id)).toBe(written);
  });

  it('fails within the deadline while the server is away or silent, and goes on once it is back', async () => {
    await connected();
    await wire.down();
    expect(await failure(insert('away'))).toBeInstanceOf(MongoUnavailable);
    await wire.up();
    await insert('back');
    wire.freeze();
    expect(await failure(insert('silent'))).toBeInstanceOf(MongoUnavailable);
    wire.thaw();
    for (const end = performance.now() + 20_000; (await failure(insert('again'))) && performance.now() < end;);
    expect(await stored('again')).toBe(1);
  });

  describe('whose driver stands still', () => {
    interface Server {
      monitor: { connection: { closed: boolean; socket: Socket } | null; requestCheck(): void };
      pool: { connections: { toArray(): { socket: Socket }[] } };
    }
    const driver = () => mongo!.use(async database => database.client);
    const serverOf = (client: Database['client']) =>
      [...(client as unknown as { topology: { s: { servers: Map<string, Server> } } }).topology.s.servers.values()][0]!;

    /** A command on a socket that the system has closed, of which the driver has yet to hear. */
    const standingCommand = () =>
      mongo!.use(async database => {
        for (const { socket } of serverOf(database.client).pool.connections.toArray()) socket.destroy();
        await database.collection<{ _id: string }>('notes').insertOne({ _id: 'standing' });
      });

    it('at a heartbeat is given up for another', async () => {
      await connected();
      const client = await driver();
      for (let stands = false; !stands;) {
        await new Promise(resolve => client.once('serverHeartbeatSucceeded', resolve));
        // Sooner it would not look again at once.
        await pause(600);
        const { monitor } = serverOf(client);
        if (!monitor.connection || monitor.connection.closed) continue;
        client.once('serverHeartbeatStarted', () => (stands = true));
        monitor.connection.socket.destroy();
        monitor.requestCheck();
      }
      wire.cutAll();
      for (const end = performance.now() + 60_000; (await failure(insert('found'))) && performance.now() < end;);
      expect(await stored('found')).toBe(1);
      expect((await driver()) === client).toBe(false);
    });

    it('over a command is given up for another; the command fails, also while the server is away', async () => {
      await connected();
      await insert('before');
      const client = await driver();
      const standing = failure(standingCommand());
      await pause(100);
      await wire.down();
      const error = await standing;
      expect(error).toBeInstanceOf(MongoUnavailable);
      expect(error!.message).toMatch(sentence);
      expect(await failure(insert('away'))).toBeInstanceOf(MongoUnavailable);
      await wire.up();
      for (const end = performance.now() + 60_000; (await failure(insert('after'))) && performance.now() < end;);
      expect([await stored('standing'), await stored('after')]).toEqual([0, 1]);
      for (const end = performance.now() + 60_000; (await driver()) === client && performance.now() < end;) await pause(100);
      expect((await driver()) === client).toBe(false);
      await insert('at last');
    });

    it('is closed nevertheless, and what stood fails', async () => {
      await connected();
      await stored('before');
      const standing = failure(standingCommand());
      await pause(100);
      await mongo!.close();
      expect(await standing).toBeInstanceOf(MongoUnavailable);
    });

    it('is told from one that waits for a silent server: that client stays', async () => {
      await connected();
      const client = await driver();
      const goOn = async (ms: number) => {
        for (const end = performance.now() + ms; performance.now() < end; await pause(50)) await failure(stored('any'));
      };
      await goOn(3_000);
      wire.freeze();
      await goOn(8_000);
      wire.thaw();
      await goOn(3_000);
      await pause(6_000);
      expect((await driver()) === client).toBe(true);
      await insert('with the same');
    });
  });

  it('refuses at the start a server that is away, or waits for it where it is asked to', async () => {
    await wire.down();
    const refused = await failure(connectMongo(wire.url));
    expect(refused).toBeInstanceOf(MongoUnavailable);
    expect(refused!.message).toMatch(sentence);
    const told: string[] = [];
    const waiting = connectMongo(wire.url, { waiting: why => void told.push(why) });
    await new Promise(resolve => setTimeout(resolve, 4_500));
    await wire.up();
    mongo = await waiting;
    expect(told).toEqual([expect.stringMatching(sentence)]);
  });

  it.each([
    ['demands a sign-in', 13, 'Unauthorized', 'command find requires authentication'],
    ['does not accept the password', 18, 'AuthenticationFailed', 'Authentication failed.'],
  ])('refuses at the start a server that %s', async (_, code, codeName, message) => {
    wire.next('find', { then: 'error', code, codeName, message });
    const refused = await failure(connectMongo(wire.url, { waiting: () => {} }));
    expect(refused).toBeInstanceOf(MongoUnusable);
    expect(refused!.message).toMatch(sentence);
  });

  it.each([8, 12])('refuses at the start a server of wire version %d, and says what it lacks', async wireVersion => {
    const old = await startMongoServer({ wireVersion });
    const refused = await failure(connectMongo(old.url, { waiting: () => {} }));
    await old.close();
    expect(refused).toBeInstanceOf(MongoUnusable);
    expect(refused!.message).toMatch(sentence);
    expect(refused!.message).toContain(String(wireVersion));
    expect(refused!.message).toContain('5.0');
  });
});
