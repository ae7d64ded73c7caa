import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeKurrentDb, onMongoServer, startFakeKurrentDb, startMongoServer, whyNoMongoServer } from '#testing';
import {
  type Config,
  ConfigInvalid,
  holdsEvents,
  keysFile,
  openEvents,
  openFolder,
  openKeys,
  openMongo,
  openPlatform,
  readConfig,
  sentenceOf,
} from './index.js';

let folder: string;
let fake: FakeKurrentDb | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-platform-'));
});
afterEach(async () => {
  await fake?.close();
  fake = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const configOf = (environment: Record<string, string> = {}): Config => readConfig({ GONGKAI_DATA: folder, ...environment });
async function onServer(environment: Record<string, string> = {}): Promise<Config> {
  fake = await startFakeKurrentDb();
  return configOf({ GONGKAI_EVENTS: fake.url, GONGKAI_EVENTS_DEADLINE_MS: '2000', ...environment });
}
const note = {
  id: 'e-1',
  type: 'Noted',
  version: 1,
  data: {},
  metadata: {
    commandId: 'c-1',
    command: 'test.note',
    commandDigest: 'd',
    correlationId: 'c',
    person: 'p',
    name: '某人',
    occurredOn: '2013-04-20',
    recordedAt: '2013-04-20T00:00:00.000Z',
  },
};

/** A process of its own: how it ended, and what it said. */
async function run(program: string, environment: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, NODE_OPTIONS: '', MONGODB_URL: '', GONGKAI_DATA: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const out of [child.stdout, child.stderr]) out.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const code = await new Promise<number | null>(resolve => child.on('close', resolve));
  return { code, said };
}

describe('What a process stands on', () => {
  it('is files of the data folder where no setting names a server, and the client of none is loaded', async () => {
    const program = `
      const { register } = await import('node:module');
      const hook = "export async function resolve(name, context, next) {" +
        " if (/^@(kurrent|grpc)\\\\/|^(mongoose|mongodb|bson)$/.test(name)) throw new Error('loaded ' + name); return next(name, context); }";
      register('data:text/javascript,' + encodeURIComponent(hook));
      const { openPlatform, readConfig } = await import('#platform');
      const platform = await openPlatform('test', readConfig(process.env));
      console.log(await platform.store.head());
      await platform.close();
    `;
    expect(await run(program, {})).toEqual({ code: 0, said: '0\n' });
    const { code, said } = await run(program, { GONGKAI_EVENTS: 'kurrentdb://127.0.0.1:1?tls=false' });
    expect(code).toBe(1);
    expect(said).toContain('loaded @kurrent/');
    const mongo = await run(program, { MONGODB_URL: 'mongodb://127.0.0.1:1/gongkai' });
    expect(mongo.code).toBe(1);
    expect(mongo.said).toContain('loaded mongoose');
  });

  it('is the event store that GONGKAI_EVENTS names', async () => {
    const platform = await openPlatform('test', await onServer());
    await platform.store.append('catalogue.record-1', [note], 'none');
    await platform.close();
    expect(fake!.log()).toHaveLength(1);
  });

  it.each([
    ['http://127.0.0.1:2113', 'kurrentdb://'],
    ['./events.db', 'kurrentdb://'],
    ['kurrentdb://officer:secret@127.0.0.1:2113?colour=red', 'colour=red'],
  ])('of an event store at %s is refused in one sentence', async (url, told) => {
    const refused = await openEvents(configOf({ GONGKAI_EVENTS: url })).catch((error: Error) => error);
    expect(refused).toMatchObject({ name: 'StoreUnusable' });
    const { message } = refused as Error;
    expect(message).toMatch(/^[^\n]*GONGKAI_EVENTS[^\n]* \/ [^\n]+\.$/);
    expect(message).toContain(told);
    expect(message).not.toContain('secret');
    expect(() => configOf({ GONGKAI_EVENTS_DEADLINE_MS: '10' })).toThrow(ConfigInvalid);
  });

  it.each([
    ['http://127.0.0.1:27017', 'mongodb://'],
    ['mongodb://officer:s3cret@127.0.0.1:27017/a.b', 'a.b'],
    ['mongodb://officer:s3cret@127.0.0.1:1/gongkai', 'mongodb://127.0.0.1:1/gongkai'],
  ])('of a MongoDB at %s is refused in one sentence', async (url, told) => {
    const refused = await openMongo(configOf({ GONGKAI_MONGODB: url, GONGKAI_MONGODB_DEADLINE_MS: '500' })).catch(
      (error: Error) => error,
    );
    expect(sentenceOf(refused)).toMatch(/^[^\n]*MongoDB[^\n]* \/ [^\n]+\.$/);
    expect(sentenceOf(refused)).toContain(told);
    expect(sentenceOf(refused)).not.toContain('s3cret');
    expect(() => configOf({ GONGKAI_MONGODB_DEADLINE_MS: '10' })).toThrow(ConfigInvalid);
  });

  it('is the MongoDB that GONGKAI_MONGODB names, else MONGODB_URL, else none', () => {
    const [ours, theirs] = ['mongodb://ours/gongkai', 'mongodb://theirs/gongkai'];
    expect(configOf({ GONGKAI_MONGODB: ours, MONGODB_URL: theirs }).stores.mongodb).toEqual({ url: ours });
    expect(configOf({ GONGKAI_MONGODB: '', MONGODB_URL: theirs }).stores.mongodb).toEqual({ url: theirs });
    expect(configOf({ MONGODB_URL: '' }).stores).toEqual({});
  });

  it('waits for an event store that is not there yet, where whoever starts it wants that, and tells it once', async () => {
    const config = await onServer();
    await fake!.stop();
    let told = 0;
    const opening = openEvents(config, () => void (told += 1));
    for (const end = performance.now() + 20_000; told === 0 && performance.now() < end;)
      await new Promise(resolve => setTimeout(resolve, 50));
    await new Promise(resolve => setTimeout(resolve, 3_000));
    await fake!.start();
    const store = await opening;
    expect(await store.head()).toBe(0);
    await store.close();
    expect(told).toBe(1);
  });
});

(whyNoMongoServer() === undefined ? describe : describe.skip)(
  onMongoServer('What a process stands on where a setting names a MongoDB'),
  () => {
    it('is views and keys there, through one connection, and no file of either; the master key stays a setting', async () => {
      const server = await startMongoServer();
      const config = configOf({ GONGKAI_MONGODB: `${server.url}/office` });
      const platform = await openPlatform('test', config);
      await (await platform.readStore('catalogue')).swapLease('a', null, { owner: 'p', fence: 1, beat: 1, beatAt: '' });
      const key = await platform.keys.makeKey('p1');
      await platform.close();

      const again = await openPlatform('test', config);
      expect(await (await again.readStore('catalogue')).lease('a')).toMatchObject({ owner: 'p' });
      expect(await (await again.readStore('channels')).lease('a')).toBeNull();
      expect((await again.keys.makeKey('p1')).equals(key)).toBe(true);
      await again.close();
      expect(readdirSync(folder)).not.toContain('views');
      expect(readdirSync(join(folder, 'keys'))).toEqual(['master.key']);
      await server.close();
    });

    it('is refused while the keys of the folder are still in a file: nobody gets a second key', async () => {
      const server = await startMongoServer();
      const before = await openKeys(configOf(), null);
      await before.makeKey('p1');
      await before.close();
      const mongo = await openMongo(configOf({ GONGKAI_MONGODB: server.url }));
      const refused = await openKeys(configOf(), mongo).catch((error: Error) => error);
      expect(sentenceOf(refused)).toMatch(/^[^\n]*privacy move[^\n]* \/ [^\n]+privacy move\.$/);
      expect(sentenceOf(refused)).toContain(keysFile(folder));
      await mongo!.close();
      await server.close();
    });
  },
);

describe('A new data folder', () => {
  it('before an empty event store is for the example, and stays so', async () => {
    const config = await onServer();
    expect(openFolder(config, { eventsThere: await holdsEvents(config) }).folder.holds).toBe('example');
    const store = await openEvents(config);
    await store.append('catalogue.record-1', [note], 'none');
    await store.close();
    expect(openFolder(config, { eventsThere: await holdsEvents(config) })).toEqual({
      folder: expect.objectContaining({ holds: 'example' }),
    });
  });

  it('before an event store with a past is an office’s: the example is never mixed into it', async () => {
    const config = await onServer();
    const store = await openEvents(config);
    await store.append('catalogue.record-1', [note], 'none');
    await store.close();
    const { folder: decided, notice } = openFolder(config, { eventsThere: await holdsEvents(config) });
    expect(decided.holds).toBe('office');
    expect(notice).toContain(folder);
  });
});
