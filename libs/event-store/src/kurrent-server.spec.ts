import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import kurrentdb from '@kurrent/kurrentdb-client';
import { type FakeKurrentDb, startFakeKurrentDb } from '#testing';
import { eventHash, noHash } from './chain.js';
import { eventOf, uuid } from './contract/fixture.js';
import { openKurrentEventStore } from './kurrent-store.js';
import { type Appended, type EventStore, InDoubt, type NewEvent, type StoredEvent, StoreUnavailable } from './port.js';
import { subscribe } from './subscribe.js';

/** What is not about deadlines has time on a busy machine too. */
const patientMs = 30_000;
const deadlineMs = 1_500;
const stream = 'catalogue.record-1';
let fake: FakeKurrentDb;
let store: EventStore;
let ids = 0;
const event = () => eventOf(uuid('server', ++ids));
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

beforeEach(async () => {
  fake = await startFakeKurrentDb();
  await open(patientMs);
});
afterEach(async () => {
  await store.close();
  await fake.close();
});

async function open(deadlineMs: number): Promise<void> {
  await store?.close();
  store = await openKurrentEventStore(fake.url, { deadlineMs });
}

/** As the caller of a command does: the same again, until it is known. */
async function surely(store: EventStore, stream: string, events: NewEvent[]): Promise<Appended> {
  for (;;) {
    try {
      return await store.append(stream, events, 'any');
    } catch (error) {
      if (!(error instanceof InDoubt || error instanceof StoreUnavailable)) throw error;
      await pause(20);
    }
  }
}

/** The first event whose hash is not that of its bytes and of the event before it. */
function broken(events: readonly StoredEvent[]): number | undefined {
  let previousHash = noHash;
  for (const one of events) {
    const data = JSON.stringify(one.data);
    const own = eventHash(previousHash, one, data, JSON.stringify(one.metadata));
    if (one.previousHash !== previousHash || one.hash !== own) return one.revision;
    previousHash = own;
  }
  return undefined;
}

describe('event store: KurrentDB, a fake server', () => {
  it('ES-54 a position is never given twice, even where the newest events are deleted by the server’s own means', async () => {
    const { position } = await store.append(stream, [event()], 'none');
    const client = kurrentdb.KurrentDBClient.connectionString(fake.url);
    await client.tombstoneStream(stream);
    await client.dispose();
    expect((await store.append('catalogue.record-2', [event()], 'none')).position).toBeGreaterThan(position);
  });

  it('ES-56 the adapter neither changes nor deletes anything: a deletion is one more event', async () => {
    await store.append(stream, [event()], 'none');
    await store.append(stream, [{ ...event(), type: 'StreamDeleted', data: { kind: 'hard', why: '误建' } }], 0);
    expect(fake.traffic.calls).toMatchObject({ delete: 0, tombstone: 0 });
    expect(fake.log()).toHaveLength(2);
  });

  it('ES-57 the hash chain holds over appends, restarts and deletion, and shows a changed byte', async () => {
    for (let index = 0; index < 3; index++) await store.append(stream, [event(), event()], 'any');
    await open(patientMs);
    await store.append(stream, [event(), { ...event(), type: 'StreamDeleted', data: { kind: 'soft', why: '误建' } }], 'exists');
    await store.append(stream, [event()], 'none');
    const { events } = await store.readAll({ after: 0, limit: 100 });
    expect(events).toHaveLength(9);
    expect(broken(events)).toBeUndefined();
    const heads = [];
    for await (const head of store.streamHeads(await store.head())) heads.push(head);
    expect(heads).toEqual([{ stream, revision: 8, hash: events[8]!.hash }]);
    fake.faults.corrupt(stream, 4n, '{"note":"另"}');
    expect(broken((await store.readAll({ after: 0, limit: 100 })).events)).toBe(4);
  });

  it('all who follow in one process ask the server together, and each sees all that was stored before it asked', async () => {
    const types = ['Noted'];
    const { position: start } = await store.append(stream, [event()], 'none');
    const before = fake.traffic.calls.read;
    await Promise.all(Array.from({ length: 30 }, () => store.readAll({ after: start, limit: 10, types })));
    expect(fake.traffic.calls.read - before).toBeLessThan(10);
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let round = 0; round < 20; round++) {
          const { position } = await store.append(`catalogue.record-${writer}`, [event()], 'any');
          const { events } = await store.readAll({ after: start, limit: 1_000, types });
          expect(events.map(one => one.position)).toContain(position);
        }
      }),
    );
  });

  it('ES-61 a server that is down is one clear error within the deadline, and is over when it is back', async () => {
    await open(deadlineMs);
    await store.append(stream, [event()], 'none');
    await fake.stop();
    const began = performance.now();
    await expect(store.append('catalogue.record-2', [event()], 'none')).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(store.readStream(stream)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    expect(performance.now() - began).toBeLessThan(2 * deadlineMs + 10_000);
    await fake.start();
    expect(await store.readStream(stream)).toHaveLength(1);
    expect(await store.append('catalogue.record-2', [event()], 'none')).toMatchObject({ revision: 0 });
  });

  it('ES-61 a read that begins while the server is down is answered when it is back, if there is time left', async () => {
    await store.append(stream, [event()], 'none');
    await open(2 * deadlineMs);
    await fake.stop();
    const reading = store.readStream(stream);
    await pause(deadlineMs);
    await fake.start();
    expect(await reading).toHaveLength(1);
  });

  it('ES-60 5.1b.q under load, whatever happens to the server: acknowledged is there, nothing twice, nothing out of order', async () => {
    const seed = Number(process.env['GONGKAI_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    process.stdout.write(`ES-60 GONGKAI_SEED=${seed}\n`);
    const random = generator(seed);
    await open(deadlineMs);
    const others = [
      store,
      await openKurrentEventStore(fake.url, { deadlineMs }),
      await openKurrentEventStore(fake.url, { deadlineMs }),
    ];
    const seen: StoredEvent[] = [];
    const tail = subscribe(others[2]!, { after: 0, retryMs: [20], handle: async one => void seen.push(one) });
    let over = false;
    const acknowledged: { stream: string; events: NewEvent[]; appended: Appended }[] = [];
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      while (!over) {
        const name = random() < 0.3 ? 'catalogue.record-shared' : `catalogue.record-${writer}`;
        const events = Array.from({ length: 1 + Math.floor(random() * 3) }, event);
        acknowledged.push({ stream: name, events, appended: await surely(others[writer % 2]!, name, events) });
      }
    });
    for (let round = 0; round < 12; round++) {
      await pause(100 + random() * 200);
      await harm(fake, random);
    }
    over = true;
    fake.faults.heal();
    await Promise.all(writers);
    const log = fake.log();
    expect(new Set(log.map(one => (JSON.parse(one.metadata.toString()) as { id: string }).id)).size).toBe(log.length);
    const revisions = new Map<string, number>();
    for (const one of log) {
      expect(Number(one.revision)).toBe((revisions.get(one.stream) ?? -1) + 1);
      revisions.set(one.stream, Number(one.revision));
    }
    for (const { stream, events, appended } of acknowledged) {
      const stored = await store.readStream(stream, { from: appended.revision - events.length + 1, to: appended.revision });
      expect(stored.map(one => one.id)).toEqual(events.map(one => one.id));
      expect(stored.at(-1)!.position).toBe(appended.position);
    }
    for (const name of revisions.keys()) expect(broken(await store.readStream(name))).toBeUndefined();
    while (seen.length < log.length) await pause(10);
    expect(seen.map(one => one.position)).toEqual(log.map(one => one.position));
    await tail.stop();
    for (const one of others.slice(1)) await one.close();
  });
});

async function harm(fake: FakeKurrentDb, random: () => number): Promise<void> {
  const endings = ['silence', 'disconnect', 'timeout', 'unavailable'] as const;
  const ending = endings[Math.floor(random() * endings.length)]!;
  switch (Math.floor(random() * 6)) {
    case 0:
      await fake.stop();
      await pause(random() * 400);
      return fake.start();
    case 1:
      fake.faults.freeze();
      await pause(random() * 1_500);
      return fake.faults.thaw();
    case 2:
      return void fake.faults.dropConnections();
    case 3:
      return void fake.faults.dropSubscriptions();
    case 4:
      // Stored at once, never, or when the client has long been told otherwise.
      fake.faults.nextAppend({ stored: random() < 0.5 ? random() < 0.5 : pause(random() * 1_000), then: ending });
      return;
    default:
      fake.faults.nextRead({ afterEvents: Math.floor(random() * 20), then: ending });
  }
}

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
