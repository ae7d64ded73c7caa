import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AnnualReport } from '#contracts';
import { connectMongo, type Mongo } from '#mongo';
import { tracesOf } from '#privacy';
import { type MongoServer, type MongoWire, onMongoServer, startMongoServer, startMongoWire, whyNoMongoServer } from '#testing';
import {
  ask,
  done,
  freePort,
  type House,
  loadedYear,
  loading,
  newFolder,
  ready,
  reportOf,
  type Started,
  start,
  stop,
  until,
} from './house.js';
import { onNats, startNats } from './servers.js';
import { aRecordOf2013ThatTurnsUpLater, childOf, theFiguresOf2013, whatBecomesOfTheDayBetweenProcesses } from './told.js';

/** Five processes, NATS and a MongoDB's server share the machine with whatever else is tested. */
const patience = 3 * loading;
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const title = onMongoServer('The house as five processes with views and keys on MongoDB');

if (whyNoMongoServer() === undefined) onNats(title, theHouse);
else describe.skip(title, () => it('has a server to run on', () => {}));

/** The server is not durable where it is killed: its connections are, on a wire between. */
function theHouse(): void {
  let server: MongoServer;
  let wire: MongoWire;
  /** Past the wire. */
  let mongo: Mongo;
  let nats: ChildProcess | undefined;
  let natsPort: number;
  let house: House;
  let report: AnnualReport;
  const folder = newFolder();
  const env = () => ({ GONGKAI_MONGODB: wire.url });

  async function startServices(): Promise<House> {
    const port = await freePort();
    const args = ['--nats', `nats://127.0.0.1:${natsPort}`, '--mongodb', wire.url];
    return { ...start('services', { folder, args, env: { PORT: String(port) } }), address: `http://127.0.0.1:${port}` };
  }
  async function ops(...args: string[]): Promise<{ code: number | null; said: string }> {
    const run = start('ops', { folder, args, env: env() });
    return { code: await run.exited, said: run.said() };
  }
  const percent = (started: Started, reached: number) =>
    until(patience, started, async () => new RegExp(`\\(${reached}%\\)`).exec(started.said())?.[0]);
  const statusIs = (status: number) =>
    until(60_000, house, async () => ((await fetch(`${house.address}/health/ready`)).status === status ? true : undefined));

  /** Every document of every collection, as JSON. */
  async function everythingThere(): Promise<Buffer> {
    return mongo.use(async database => {
      const names = (await database.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
      const lines = await Promise.all(
        names.map(async name => `${name} ${JSON.stringify(await database.collection(name).find().toArray())}\n`),
      );
      return Buffer.from(lines.join(''));
    });
  }
  const holding = (bytes: Buffer, texts: readonly string[]) =>
    texts.filter(text => tracesOf([text]).some(trace => bytes.includes(trace)));
  const wrappedKeyOf = async (subject: string) => {
    const found = await mongo.use(database =>
      database.collection<{ _id: string; wrapped: string | null }>('keys.subjects').findOne({ _id: subject }),
    );
    return found!.wrapped;
  };

  beforeAll(async () => {
    server = await startMongoServer();
    wire = await startMongoWire(server.url);
    mongo = await connectMongo(`${server.url}/gongkai`);
    natsPort = await freePort();
    nats = startNats(natsPort);
  }, patience);
  afterAll(async () => {
    if (house) await stop(house);
    nats?.kill();
    await mongo?.close();
    await wire?.close();
    await server?.close();
  }, patience);

  it(
    'waits for its MongoDB, not ready until then, and tells the same year as one process on files does, to the digest',
    async () => {
      await wire.down();
      house = await startServices();
      await until(60_000, house, async () => /MongoDB（[^）]*）尚未连上/.exec(house.said())?.[0]);
      const waiting = await until(60_000, house, async () => fetch(`${house.address}/health/ready`).catch(() => undefined));
      expect(waiting.status).toBe(503);
      await wire.up();
      await percent(house, 10);
      // Silent for longer than any call has time; then away; then every connection lost at once. Nobody else does anything.
      wire.freeze();
      await pause(13_000);
      wire.thaw();
      await percent(house, 20);
      await wire.down();
      await pause(5_000);
      await wire.up();
      await percent(house, 30);
      wire.cutAll();
      await percent(house, 50);
      // A power cut of the house.
      await stop(house, 'SIGKILL');
      house = await startServices();
      await ready(house, patience);
      report = await reportOf(house, 2013);
      expect(report.digest).toBe((await loadedYear()).report.digest);
    },
    2 * patience,
  );

  describe('the year 2013', () => theFiguresOf2013(() => report));

  it('keeps views and keys there, each room its own, and no file of either', async () => {
    expect(readdirSync(folder)).not.toContain('views');
    expect(readdirSync(join(folder, 'keys'))).toEqual(['master.key']);
    const names = await mongo.use(async database => (await database.listCollections().toArray()).map(({ name }) => name));
    for (const room of ['catalogue', 'channels', 'requests', 'statistics']) expect(names).toContain(`${room}.projections`);
  });

  it('answers its operators’ commands as on files', async () => {
    const status = JSON.parse((await ops('status', '--json')).said) as {
      mongodb: string;
      views: { name: string; lag: number }[];
    };
    expect(status.mongodb).toMatch(/^mongodb:\/\/127\.0\.0\.1:\d+\/gongkai$/);
    const names = status.views.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['records', 'channels', 'requests', 'annual-report', 'report-cases']));
    expect(status.views.map(view => view.lag)).toEqual(status.views.map(() => 0));
    expect(JSON.parse((await ops('report', '2013', '--json')).said)).toMatchObject({ digest: report.digest });
    expect(await ops('verify', 'report', '2013')).toMatchObject({ code: 0, said: expect.stringContaining('一致') as unknown });
    for (const view of ['records', 'report-cases']) expect(await ops('rebuild', view)).toMatchObject({ code: 0 });
    expect((await reportOf(house, 2013)).digest).toBe(report.digest);
  });

  whatBecomesOfTheDayBetweenProcesses(
    () => house,
    () => ({ natsPort, folder, env: env() }),
  );

  it('holds no applicant in plain text on the server, and forgets the key of whoever is erased, in every document', async () => {
    const applicant = { name: '司马示例', phone: '13900139000', certificate: '居民身份证 510101199001015678' };
    const request = { path: 'direct', form: 'letter', applicantType: 'natural-person', subject: '抚恤标准查询' };
    const id = await done(house, 'sun-hui', '/requests', { ...request, applicant });
    const other = await done(house, 'sun-hui', '/requests', { ...request, applicant: { name: '另一位示例' } });
    await until(
      60_000,
      house,
      async () => (await ask(house, `/api/v1/requests/${id}`, { as: 'sun-hui' })).status === 200 || undefined,
    );
    const [wrapped, kept] = [(await wrappedKeyOf(id))!, (await wrappedKeyOf(other))!];
    const before = await everythingThere();
    // What is not personal is found, and so would the rest be.
    expect(holding(before, [request.subject, id])).toEqual([request.subject, id]);
    expect(holding(before, Object.values(applicant))).toEqual([]);
    expect([before.includes(wrapped), before.includes('gkp1.')]).toEqual([true, false]);
    const master = readFileSync(join(folder, 'keys', 'master.key'), 'utf8').trim();
    expect(before.includes(master)).toBe(false);

    expect(await ops('privacy', 'erase', id, '--reason', '本人书面请求')).toMatchObject({ code: 0 });
    const after = await everythingThere();
    expect([after.includes(wrapped), after.includes(kept), after.includes(wrapped.slice(4, 24))]).toEqual([false, true, false]);
    expect(await ask(house, `/api/v1/requests/${id}/applicant`, { as: 'sun-hui' })).toMatchObject({
      status: 200,
      body: { applicant: { erased: true } },
    });
    expect(await ask(house, `/api/v1/requests/${other}/applicant`, { as: 'sun-hui' })).toMatchObject({
      body: { applicant: { name: '另一位示例' } },
    });
    expect(await ops('rebuild', 'requests')).toMatchObject({ code: 0 });
    expect(holding(await everythingThere(), Object.values(applicant))).toEqual([]);
  });

  aRecordOf2013ThatTurnsUpLater(
    () => house,
    () => report,
  );

  it('while its MongoDB is away: not ready, and says so; a command is recorded, and seen once it is back', async () => {
    const body = {
      unit: 'jiuzai',
      title: '断网时采集',
      body: '正文',
      category: 'news',
      topic: '综合政务/其他',
      content: 'activities',
      formedOn: '2026-01-05',
    };
    const key = { 'idempotency-key': 'while-mongodb-is-away' };
    await wire.down();
    await statusIs(503);
    await until(60_000, house, async () => {
      const { rooms } = (await (await fetch(`${house.address}/health/status`)).json()) as {
        rooms: { ready: boolean; runners: { error?: string }[] }[];
      };
      const sentence = /^MongoDB（[^）]*）\S.* \/ MongoDB .*\.$/;
      const said = rooms.map(({ ready, runners }) => !ready && runners.some(({ error }) => sentence.test(error ?? '')));
      return said.length === 4 && said.every(Boolean) ? true : undefined;
    });
    const read = await ask(house, '/api/v1/reports/2013');
    expect(read).toMatchObject({ status: 503, type: expect.stringContaining('problem+json') as unknown });
    expect(read.body).toMatchObject({ title: 'views-unavailable' });
    const page = await fetch(`${house.address}/reports/2013`);
    expect(page.status).toBe(503);
    const recorded = await ask(house, '/api/v1/records', { as: 'lin-fang', body, headers: key });
    expect(recorded.status).toBe(201);
    await wire.up();
    await ready(house, 120_000);
    const again = await ask(house, '/api/v1/records', { as: 'lin-fang', body, headers: key });
    expect(again.body).toEqual(recorded.body);
    const seen = await ask(house, `/api/v1/records/${recorded.body['id'] as string}`, { as: 'lin-fang' });
    expect(seen).toMatchObject({ status: 200, body: { title: body.title } });
  });

  it('tells the password of its MongoDB to nobody', async () => {
    const secret = wire.url.replace('//', '//officer:s3cret-word@');
    const refused = start('all-in-one', { folder: newFolder(), args: ['--empty', '--mongodb', secret.replace(/:\d+\//, ':1/')] });
    expect(await refused.exited).toBe(1);
    expect(refused.said()).toMatch(/^[^\n]*MongoDB[^\n]* \/ [^\n]+\.\n$/);
    expect(refused.said() + house.said()).not.toContain('s3cret-word');
  });

  it('stops as a whole, with nothing left behind', async () => {
    const pid = house.process.pid!;
    expect(await stop(house, 'SIGINT')).toBe(0);
    expect(() => childOf(pid, 'apps/')).toThrow();
  });
}
