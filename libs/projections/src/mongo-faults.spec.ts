import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type MongoFault,
  type MongoServer,
  type MongoWire,
  onMongoServer,
  startMongoServer,
  startMongoWire,
  whyNoMongoServer,
} from '#testing';
import { groundsOn, type Subject } from './contract/grounds.js';
import { tallies, untilSo } from './contract/rebuilding-views.js';
import { follow, type Follower } from './follower.js';
import { mongoFixture } from './mongo.fixture.js';
import type { Generation, ReadStore } from './read-store.js';
import { verify } from './verify.js';

const faults: [string, MongoFault][] = [
  ['a connection lost before the command arrives', { then: 'cut' }],
  ['a lost answer', { then: 'cut-after' }],
  ['half an answer', { then: 'half-answer' }],
  ['no answer', { then: 'silence' }],
  ['no primary', { then: 'error', code: 10107, codeName: 'NotWritablePrimary', message: 'not primary' }],
  ['a full disk', { then: 'error', code: 14031, codeName: 'OutOfDiskSpace', message: 'No space left on device' }],
];
/** Where in a step of the runner it happens: by the command, and by what its bytes hold. */
const moments: [string, string, string][] = [
  ['reading the documents', 'find', '.tallies.g1.tallies'],
  ['writing the documents', 'update', '.tallies.g1.tallies'],
  ['keeping dead letters', 'update', '.dead-letters'],
  ['moving the checkpoint', 'update', 'generations.g1.parts'],
  ['beating', 'update', 'leases.g1'],
];
const withinMs = 120_000;
let runs = 0;

(whyNoMongoServer() === undefined ? describe : describe.skip)(onMongoServer('projections while MongoDB is harmed'), () => {
  let server: MongoServer;
  let wire: MongoWire;
  let subject: Subject;
  let unharmed: ReadStore;
  let at: Generation;
  let follower: Follower;
  beforeAll(async () => {
    server = await startMongoServer();
  }, withinMs);
  afterAll(() => server?.close());
  beforeEach(async () => {
    wire = await startMongoWire(server.url);
    const room = `harmed-${process.pid}-${++runs}`;
    const views = await mongoFixture(wire.url, { deadlineMs: 1_500, room });
    const beside = await mongoFixture(`${server.url}/gongkai`, { room });
    subject = await groundsOn(views);
    unharmed = await beside.open();
    closeBeside = beside.clean;
    at = (await subject.readStore.create(projection, { parts: 1, goal: 0, state: 'active' }))!;
    follower = follow(subject.context({ leaseMs: 3_000 }), projection, at);
  }, withinMs);
  let closeBeside: () => Promise<void>;
  afterEach(async () => {
    await wire.up().catch(() => {});
    await follower.stop();
    await subject.close();
    await closeBeside();
    await wire.close();
  }, withinMs);

  /** Every fifth stream is poisoned once, so that dead letters are kept too. */
  const projection = {
    ...tallies,
    project: (event: Parameters<typeof tallies.project>[0]) => {
      if (event.data['poison']) throw new Error('读不懂');
      return tallies.project(event);
    },
  };
  let appended = 0;
  const append = async () => {
    const stream = `test.tally-${appended % 7}`;
    await subject.append(stream, 'Added', appended++ % 35 === 4 ? { poison: true } : { by: 2 });
  };
  const caughtUp = async () => {
    const head = await subject.store.head();
    await untilSo(() => follower.status().position >= head && follower.status().state === 'following', 60_000);
  };
  /** The documents are the fold of the log, and every event is accounted for once. */
  const provesWhole = async () => {
    const { missing, differing, position } = await verify(subject.context(), projection, at);
    expect({ missing, differing, position }).toEqual({ missing: [], differing: [], position: await subject.store.head() });
  };

  it.each(faults)('loses nothing and goes on alone after %s, at each moment of a step', async (_, fault) => {
    for (const [, command, holds] of moments) {
      wire.next(command, fault, { when: text => text.includes(holds) });
      for (let turn = 0; wire.pending() > 0; turn++) {
        expect(turn).toBeLessThan(200);
        await append();
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    }
    await append();
    await caughtUp();
    await provesWhole();
  }, withinMs);

  it('says that it is failing, and why, while the server is away, and goes on once it is back', async () => {
    for (let index = 0; index < 10; index++) await append();
    await caughtUp();
    await wire.down();
    await append();
    await untilSo(() => follower.status().state === 'failing', 60_000);
    expect(follower.status().error).toMatch(/^MongoDB.*。 \/ MongoDB .*\.$/);
    await wire.up();
    await caughtUp();
    await provesWhole();
  }, withinMs);

  it('is slow where the server is slow, and no more than that', async () => {
    wire.slow(100);
    for (let index = 0; index < 20; index++) await append();
    await caughtUp();
    await provesWhole();
    expect(follower.status().error).toBeUndefined();
  }, withinMs);

  it('whoever is frozen between documents and checkpoint, and replaced, changes nothing afterwards', async () => {
    for (let index = 0; index < 10; index++) await append();
    await caughtUp();
    wire.freeze();
    await append();
    await new Promise(resolve => setTimeout(resolve, 300));
    const context = { ...subject.context({ leaseMs: 1_000 }), readStore: unharmed };
    const other = follow(context, projection, at);
    const head = await subject.store.head();
    await untilSo(async () => (await unharmed.generations()).some(({ checkpoints }) => checkpoints[0]!.position >= head), 60_000);
    wire.thaw();
    for (let index = 0; index < 10; index++) await append();
    const then = await subject.store.head();
    await untilSo(async () => (await unharmed.generations()).some(({ checkpoints }) => checkpoints[0]!.position >= then), 60_000);
    await other.stop();
    await provesWhole();
  }, withinMs);
});
