import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '#event-store';
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
import { generationAt, positionOf } from './generations.js';
import { mongoFixture, openerOf } from './mongo.fixture.js';
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
const moments = {
  'reading the documents': ['find', '.tallies.g1.tallies'],
  'writing the documents': ['update', '.tallies.g1.tallies'],
  'keeping dead letters': ['update', '.dead-letters'],
  'moving the checkpoint': ['update', 'generations.g1.parts'],
  beating: ['update', 'leases.g1.p0.owner'],
} as const;
const withinMs = 120_000;
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const poisonous = (event: StoredEvent) => event.data['poison'] === true;
const projection = {
  ...tallies,
  project(event: StoredEvent) {
    if (poisonous(event)) throw new Error('读不懂');
    return tallies.project(event);
  },
};
let runs = 0;

(whyNoMongoServer() === undefined ? describe : describe.skip)(onMongoServer('projections while MongoDB is harmed'), () => {
  let server: MongoServer;
  let wire: MongoWire;
  let subject: Subject;
  /** The same views, past the wire. */
  let unharmed: ReadStore;
  let at: Generation;
  let follower: Follower;
  let appended: number;
  let clean: () => Promise<void>;
  beforeAll(async () => {
    server = await startMongoServer();
  }, withinMs);
  afterAll(() => server?.close());
  beforeEach(async () => {
    wire = await startMongoWire(server.url);
    appended = 0;
    clean = async () => {};
  });
  afterEach(async () => {
    wire.thaw();
    await follower?.stop();
    await clean();
    await wire.close();
  }, withinMs);

  async function begin(deadlineMs: number): Promise<void> {
    const room = `harmed-${process.pid}-${++runs}`;
    const beside = await mongoFixture(`${server.url}/gongkai`, { room });
    const { open, clean: away } = await mongoFixture(wire.url, { deadlineMs, room });
    const ends = { breakOff: () => wire.down(), mend: () => wire.up(), opener: openerOf(wire.url, room) };
    subject = await groundsOn({ open, clean: away, ...ends });
    unharmed = await beside.open();
    clean = async () => {
      await subject.close();
      await beside.clean();
    };
    at = (await subject.readStore.create(projection, { parts: 1, goal: 0, state: 'active' }))!;
    follower = follow(subject.context({ leaseMs: 3_000 }), projection, at);
  }
  /** Of seven streams one is parked after its first event, so that dead letters are kept. */
  async function append(count = 1): Promise<void> {
    for (; count > 0; count--) {
      const stream = `test.tally-${appended % 7}`;
      await subject.append(stream, 'Added', appended++ % 35 === 11 ? { poison: true } : { by: 2 });
    }
  }
  async function reaches(position: number): Promise<void> {
    await untilSo(async () => positionOf(await generationAt(unharmed, at)) >= position, 60_000);
  }
  const caughtUp = async () => {
    const head = await subject.store.head();
    await untilSo(() => follower.status().position >= head && follower.status().state === 'following', 60_000);
  };
  /** The documents are the fold of the log, every event is accounted for once, and those left out are told, one by one. */
  async function provesWhole(): Promise<void> {
    const head = await subject.store.head();
    const { missing, differing, position, sampled } = await verify({ ...subject.context(), readStore: unharmed }, projection, at);
    expect({ missing, differing, position, sampled }).toEqual({ missing: [], differing: [], position: head, sampled: 7 });
    const { events } = await subject.store.readAll({ after: 0, limit: 10_000 });
    const first = new Map<string, number>();
    for (const event of events) if (poisonous(event) && !first.has(event.stream)) first.set(event.stream, event.position);
    const leftOut = events.filter(({ stream, position: one }) => one >= (first.get(stream) ?? Infinity));
    const letters = await unharmed.deadLetters({ projection: projection.name, states: ['parked', 'waiting'] });
    expect(letters.map(letter => letter.position)).toEqual(leftOut.map(event => event.position));
    expect(leftOut.length).toBeGreaterThan(0);
  }

  it.each(faults)(
    'nothing is lost and it goes on by itself after %s, at each moment of a step',
    async (_, fault) => {
      await begin(1_500);
      for (const [command, holds] of Object.values(moments)) {
        wire.next(command, fault, { when: text => text.includes(holds) });
        for (let turns = 0; wire.pending() > 0; turns++) {
          expect(turns).toBeLessThan(200);
          await append();
          await pause(50);
        }
      }
      await append(20);
      await caughtUp();
      await provesWhole();
    },
    withinMs,
  );

  it(
    'it says that it is failing, and why, while the server is away or its disk is full, and goes on afterwards',
    async () => {
      await begin(1_500);
      await append(20);
      await caughtUp();
      await wire.down();
      await append();
      await untilSo(() => follower.status().state === 'failing', 60_000);
      expect(follower.status().error).toMatch(/^MongoDB（.*连不上.*。 \/ MongoDB .*\.$/);
      await wire.up();
      await caughtUp();
      wire.next('update', faults.at(-1)![1], { times: 3, when: text => text.includes('.tallies.g1.tallies') });
      await append();
      await untilSo(() => follower.status().state === 'failing', 60_000);
      expect(follower.status().error).toMatch(/^MongoDB（.*磁盘已满.*。 \/ MongoDB .*disk space.*\.$/);
      await caughtUp();
      expect(wire.pending()).toBe(0);
      await provesWhole();
    },
    withinMs,
  );

  it(
    'it is slow where the server is slow, and no more than that',
    async () => {
      await begin(5_000);
      wire.slow(100);
      await append(30);
      await caughtUp();
      expect(follower.status().error).toBeUndefined();
      await provesWhole();
    },
    withinMs,
  );

  it.each(['writing the documents', 'keeping dead letters', 'moving the checkpoint'] as const)(
    'whoever is frozen while %s, and replaced, changes nothing when it wakes',
    async moment => {
      // Longer than the frost: it must not give up what it has under way.
      await begin(60_000);
      await append(20);
      await caughtUp();
      const [command, holds] = moments[moment];
      let frozen = false;
      wire.next(command, { then: 'cut' }, { when: text => ((frozen ||= text.includes(holds) && (wire.freeze(), true)), false) });
      for (let turns = 0; !frozen && turns < 200; turns++) {
        await append();
        await pause(20);
      }
      expect(frozen).toBe(true);
      const stood = positionOf(await generationAt(unharmed, at));
      expect(stood).toBeLessThan(await subject.store.head());
      const other = follow({ ...subject.context({ leaseMs: 1_000 }), readStore: unharmed }, projection, at);
      await append(10);
      await reaches(await subject.store.head());
      const { fence } = (await generationAt(unharmed, at)).checkpoints[0]!;
      wire.thaw();
      await append(10);
      await reaches(await subject.store.head());
      await untilSo(() => follower.status().state === 'standby', 60_000);
      expect((await generationAt(unharmed, at)).checkpoints[0]!.fence).toBe(fence);
      await provesWhole();
      // It lives, and waits for its turn.
      await other.stop();
      await append(10);
      await caughtUp();
      await provesWhole();
    },
    withinMs,
  );
});
