import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connectMongo, type Mongo } from '#mongo';
import { keysFile } from '#platform';
import { masterKeysOf, openMongoKeys } from '#privacy';
import { openMongoViews, type Projection } from '#projections';
import { type MongoServer, onMongoServer, startMongoServer, whyNoMongoServer } from '#testing';
import { anOperator, oneSentence, type Operator, type Said } from './given-operator.js';

const notices: Projection = {
  name: 'notices',
  version: 1,
  collections: { notices: { indexes: [] } },
  events: ['Noted'],
  project: () => [],
};

function json({ code, out, err }: Said): Record<string, unknown> {
  if (code !== 0) throw new Error(`${code}: ${out}${err}`);
  return JSON.parse(out) as Record<string, unknown>;
}
function expectRefused({ code, out, err }: Said, told: string): void {
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(oneSentence);
  expect(err).toContain(told);
}

(whyNoMongoServer() === undefined ? describe : describe.skip)(onMongoServer('Views and keys on a MongoDB'), () => {
  let server: MongoServer;
  let mongo: Mongo;
  let operator: Operator;
  let house: string;
  let fileBackup: string;
  const url = () => `${server.url}/house`;
  const ops = (folder: string, ...args: string[]) => operator.ops(folder, ...args);
  const keysThere = () => openMongoKeys(mongo, masterKeysOf(readFileSync(join(house, 'keys', 'master.key'), 'utf8'))!);

  beforeAll(async () => {
    server = await startMongoServer();
    mongo = await connectMongo(url());
    operator = anOperator();
    [house, fileBackup] = [operator.place('house'), operator.place('file-backup')];
    await operator.log(house, 300);
    await operator.keys(house, 'lin', 'wang');
    json(await ops(house, 'store', 'backup', fileBackup, '--json'));
  });
  afterEach(() => operator.onServers({}));
  afterAll(async () => {
    operator?.leave();
    await mongo?.close();
    await server?.close();
  });

  it('are not begun while keys are in a file, which an operator brings there once', async () => {
    expectRefused(await ops(house, 'privacy', 'move'), 'GONGKAI_MONGODB');
    operator.onServers({ GONGKAI_MONGODB: url() });
    expectRefused(await ops(house, 'privacy', 'status'), 'privacy move');
    expect(json(await ops(house, 'privacy', 'move', '--json'))).toMatchObject({ subjects: 2, to: url() });
    expect(existsSync(keysFile(house))).toBe(false);
    expectRefused(await ops(house, 'privacy', 'move'), keysFile(house));
    expect(json(await ops(house, 'privacy', 'status', '--json'))).toMatchObject({ held: 2, erased: 0 });
    expect(json(await ops(house, 'status', '--json'))).toMatchObject({ mongodb: url(), views: [] });
    expect(json(await ops(house, 'store', 'anchor', '--json'))).toMatchObject({ already: false });
    const { fingerprint, ok } = json(await ops(house, 'store', 'verify', '--json'));
    expect({ fingerprint, ok }).toEqual({ fingerprint: expect.stringMatching(/./), ok: true });
  });

  it('are left out of a backup, which says so; a restore leaves the keys, and who was erased, and forgets the views', async () => {
    const [target, other] = [operator.place('backup'), operator.place('other')];
    operator.onServers({ GONGKAI_MONGODB: url() });
    const taken = await ops(house, 'store', 'backup', target);
    expect(taken).toMatchObject({ code: 0, out: expect.stringContaining(url()) as unknown });
    expect(existsSync(keysFile(target))).toBe(false);
    expect((await ops(house, 'store', 'verify', target)).code).toBe(0);
    await (await keysThere()).destroy('lin');
    const views = openMongoViews(mongo, 'catalogue');
    await views.create(notices, { parts: 1, goal: 0, state: 'active' });

    expectRefused(await ops(house, 'store', 'restore', fileBackup, '--force'), 'privacy move');
    operator.onServers({});
    expectRefused(await ops(other, 'store', 'restore', target), 'GONGKAI_MONGODB');
    expect(await views.generations()).toHaveLength(1);
    operator.onServers({ GONGKAI_MONGODB: url() });
    const restored = await ops(house, 'store', 'restore', target, '--force', '--json');
    expect(json(restored)).toMatchObject({ position: 300, keys: true });
    expect(await views.generations()).toEqual([]);
    expect(await (await keysThere()).keyOf('lin')).toBe('erased');
    expect(json(await ops(house, 'privacy', 'status', '--json'))).toMatchObject({ held: 1, erased: 1 });
    // Where the folder was lost with its machine.
    expect(json(await ops(other, 'store', 'restore', target, '--json'))).toMatchObject({ position: 300, keys: true });
    expect(json(await ops(other, 'privacy', 'status', '--json'))).toMatchObject({ held: 1, erased: 1 });
  });

  it('of another log are forgotten by an import into an empty one', async () => {
    const [file, empty] = [operator.place('log.jsonl'), operator.place('empty')];
    json(await ops(house, 'store', 'export', file, '--json'));
    const views = openMongoViews(mongo, 'channels');
    await views.create(notices, { parts: 1, goal: 0, state: 'active' });
    operator.onServers({ GONGKAI_MONGODB: url() });
    expect(json(await ops(empty, 'store', 'import', file, '--json'))).toMatchObject({ appended: 300 });
    expect(await views.generations()).toEqual([]);
  });

  it('that does not answer stops an operator in one sentence, without the password; what needs neither goes on', async () => {
    operator.onServers({ GONGKAI_MONGODB: 'mongodb://officer:s3cret@127.0.0.1:1/house' });
    for (const verb of [['status'], ['store', 'anchor']]) {
      const refused = await ops(house, ...verb);
      expectRefused(refused, 'mongodb://127.0.0.1:1/house');
      expect(refused.err).not.toContain('s3cret');
    }
    expect((await ops(house, 'store', 'verify')).code).toBe(0);
  });
});
