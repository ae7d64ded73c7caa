import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectMongo, type Mongo } from '#mongo';
import { type MongoServer, onMongoServer, startMongoServer, startMongoWire, whyNoMongoServer } from '#testing';
import { keysContract, type KeysFixture, newMaster } from './keys.contract.js';
import type { Keys } from './keys.js';
import { openMongoKeys } from './mongo-keys.js';
import type { MasterKey } from './master-key.js';

const collections = ['keys.subjects', 'keys.secrets', 'keys.erased'];

/** Every document, as the server answers: what its files and its journal keep is for the server’s own administration. */
async function fixtureAt(url: string): Promise<KeysFixture> {
  const opened = [await connectMongo(url)];
  const own = opened[0]!;
  const drop = async () => {
    for (const name of collections) await own.use(database => database.collection(name).deleteMany({}));
  };
  await drop();
  return {
    async open(masters) {
      const mongo = await connectMongo(url);
      opened.push(mongo);
      return openMongoKeys(mongo, masters);
    },
    async bytes() {
      const found = [];
      for (const name of collections) found.push(...(await own.use(database => database.collection(name).find().toArray())));
      // As they stand, and what of them is base64 without it.
      return Buffer.concat(
        found
          .flatMap(one => Object.values(one))
          .flatMap(value => [Buffer.from(String(value)), Buffer.from(String(value), 'base64')]),
      );
    },
    async clean() {
      await drop();
      for (const mongo of opened) await mongo.close();
    },
  };
}

const here = onMongoServer('MongoDB protocol server');
let server: MongoServer;
let moves = 0;

/**
 * What another process does with the keys of a file, and says: a file that this one had open counts as in use until its statements are
 * collected.
 */
async function elsewhere(
  work: string,
  { file, url = '', master }: { file: string; url?: string; master: MasterKey },
): Promise<string> {
  const program = `
    const { masterKeysOf, moveKeys, openSqliteKeys } = await import('#privacy');
    const { connectMongo } = await import('#mongo');
    const [file, url, master] = process.argv.slice(1);
    const plain = async (keys, subject) => (await keys.keyOf(subject)).export?.().toString('hex') ?? 'erased';
    const inFile = async work => {
      const keys = await openSqliteKeys(file, masterKeysOf(master));
      await work(keys).finally(() => keys.close());
    };
    const move = async () => {
      const mongo = await connectMongo(url);
      const said = await moveKeys(file, mongo).catch(error => error.name + ' ' + error.message);
      await mongo.close();
      console.log(JSON.stringify(said));
    };
    ${work}`;
  const args = ['--input-type=module', '-e', program, file, url, master.key.export().toString('base64')];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
  return stdout.trim();
}

if (whyNoMongoServer() === undefined) {
  beforeAll(async () => {
    server = await startMongoServer();
  });
  afterAll(() => server?.close());
  keysContract(here, () => fixtureAt(`${server.url}/gongkai`));

  describe(`keys: ${here}`, () => {
    const master = newMaster();
    const wrapped = (mongo: Mongo) =>
      mongo.use(database => database.collection<{ _id: string; wrapped: string | null }>('keys.subjects').find().toArray());

    it('a destroyed key is overwritten in its own document, and no other document holds its bytes', async () => {
      const mongo = await connectMongo(`${server.url}/overwritten`);
      const keys = await openMongoKeys(mongo, [master]);
      await keys.makeKey('p1');
      await keys.makeKey('p2');
      const before = (await wrapped(mongo)).find(({ _id }) => _id === 'p1')!.wrapped!;
      await keys.destroy('p1');
      const after = await wrapped(mongo);
      expect(after.find(({ _id }) => _id === 'p1')).toEqual({ _id: 'p1', master: null, wrapped: null });
      expect(JSON.stringify(after)).not.toContain(before.slice(0, 11));
      await mongo.close();
    });

    describe('brought there from the file of a house', () => {
      let folder: string;
      let file: string;
      let url: string;
      let mongo: Mongo;
      beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), 'gongkai-move-'));
        file = join(folder, 'keys.db');
        url = `${server.url}/moved-${++moves}`;
        mongo = await connectMongo(url);
      });
      afterEach(async () => {
        await mongo.close();
        rmSync(folder, { recursive: true });
      });
      const inFile = (work: string) => elsewhere(`await inFile(async keys => { ${work} });`, { file, master });
      const move = () => elsewhere('await move();', { file, url, master });
      const plain = async (keys: Keys, subject: string) => {
        const key = await keys.keyOf(subject);
        return typeof key === 'string' ? key : key.export().toString('hex');
      };

      it('are the same keys, secrets and erasures; moved again, they change nothing', async () => {
        const said = await inFile(`
          await keys.makeKey('p1');
          await keys.makeKey('p2');
          await keys.destroy('p3');
          await keys.setErasedUpTo({ position: 7, eventId: 'e7' });
          console.log(await plain(keys, 'p1'), Buffer.from(await keys.secret('command-digests')).toString('hex'));`);
        const [key, secret] = said.split(' ');
        expect(await move()).toBe('{"subjects":3,"secrets":1}');
        const keys = await openMongoKeys(mongo, [master]);
        // Erased since, where it is now, and met again by a move that is repeated.
        await keys.destroy('p2');
        expect(await move()).toBe('{"subjects":3,"secrets":1}');
        expect([await plain(keys, 'p1'), await plain(keys, 'p2'), await plain(keys, 'p3')]).toEqual([key, 'erased', 'erased']);
        expect(Buffer.from(await keys.secret('command-digests')).toString('hex')).toBe(secret);
        expect(await keys.erasedUpTo()).toEqual({ position: 7, eventId: 'e7' });
      });

      it('are erased there too, where the file knows of the erasure and the server does not', async () => {
        await inFile(`await keys.makeKey('p1');`);
        await move();
        await inFile(`await keys.destroy('p1');`);
        await move();
        expect(await (await openMongoKeys(mongo, [master])).keyOf('p1')).toBe('erased');
      });

      it('are not taken from a house at work, nor put in the place of another’s', async () => {
        const theirs = await openMongoKeys(mongo, [newMaster()]);
        await theirs.secret('command-digests');
        await inFile(`await keys.makeKey('p1'); await keys.secret('command-digests');`);
        expect(await elsewhere('await inFile(move);', { file, url, master })).toMatch(
          /^"KeysUnavailable .* \/ .*stop the services/,
        );
        expect(await move()).toMatch(/^"KeysUnusable .*command-digests.* \/ .*command-digests.*\."$/);
        expect(await theirs.summary()).toMatchObject({ held: 0, secrets: 1 });
      });
    });

    it('an erasure whose answer was lost is carried out all the same, and doing it again finishes it', async () => {
      const wire = await startMongoWire(server.url, 'lost');
      const mongo = await connectMongo(wire.url, { deadlineMs: 2_000 });
      const keys = await openMongoKeys(mongo, [master]);
      await keys.makeKey('p1');
      wire.next('update', { then: 'cut-after' });
      await expect(keys.destroy('p1')).rejects.toMatchObject({ name: 'MongoUnavailable' });
      expect(await keys.keyOf('p1')).toBe('erased');
      await keys.makeKey('p2');
      wire.next('update', { then: 'error', code: 14031, codeName: 'OutOfDiskSpace', message: 'disk full' });
      await expect(keys.destroy('p2')).rejects.toMatchObject({ name: 'MongoUnavailable' });
      await keys.destroy('p2');
      expect(await keys.keyOf('p2')).toBe('erased');
      await mongo.close();
      await wire.close();
    });
  });
} else {
  describe.skip(`keys: ${here}`, () => it('has a server to run on', () => {}));
}

const url = process.env['MONGODB_URL'];
if (url) keysContract('MongoDB', () => fixtureAt(`${url.replace(/(\/\/[^/]+)(\/[^?]*)?/, '$1/gongkai_spec')}`));
