import { randomUUID } from 'node:crypto';
import kurrentdb from '@kurrent/kurrentdb-client';
import { createWire, startFakeKurrentDb, type Stored } from '#testing';
import { openKurrentEventStore } from '../kurrent-store.js';
import type { Adapter, Fixture, Tampering } from './fixture.js';

/** On a busy machine the engine's own deadline would tell of the machine. */
const patientMs = 60_000;

const declared = {
  'ES-19': 'the server appends to one stream at a time before 25.1, and 23.10 must do',
  'ES-20': 'the server appends to one stream at a time before 25.1, and 23.10 must do',
  'ES-21': 'the server appends to one stream at a time before 25.1, and 23.10 must do',
  'ES-62': 'the server keeps no schema of ours: every event says its own version, and two starters have nothing to make',
};

/** Somebody else's program writes what is no JSON. */
async function corrupt(url: string, stream: string): Promise<void> {
  const client = kurrentdb.KurrentDBClient.connectionString(url);
  const half = Buffer.from('{"note": ');
  const metadata = { id: 'half', version: 1, previousHash: '', hash: '', metadata: {} };
  await client.appendToStream(stream, { ...kurrentdb.binaryEvent({ type: 'Noted', data: half, metadata }), id: randomUUID() });
  await client.dispose();
}

async function fakeServer(): Promise<Fixture> {
  const fake = await startFakeKurrentDb();
  return {
    open: options => openKurrentEventStore(fake.url, { deadlineMs: patientMs, ...options }),
    clean: () => fake.close(),
    corrupt: stream => corrupt(fake.url, stream),
    async loseAnswer() {
      fake.faults.nextAppend({ stored: true, then: 'disconnect' });
    },
    async fallSilent() {
      fake.faults.freeze();
    },
    async failRead(events) {
      fake.faults.nextRead({ afterEvents: events, then: 'unavailable' });
    },
    async dropConnections() {
      fake.faults.dropConnections();
    },
    openReads: () => fake.traffic.open.reads,
    calls: () => Object.values(fake.traffic.calls).reduce((sum, calls) => sum + calls, 0),
    async tamper(hand) {
      fake.faults.rewrite(records => tampered(records, hand));
    },
  };
}

function tampered(records: readonly Stored[], hand: Tampering): readonly Stored[] {
  const at = (position: number) => records.findIndex(one => one.position === position);
  if ('remove' in hand) return records.toSpliced(at(hand.remove), 1);
  if ('cutAfter' in hand) return records.slice(0, at(hand.cutAfter) + 1);
  if ('swap' in hand) {
    const [one, other] = hand.swap.map(at) as [number, number];
    return records.with(one, records[other]!).with(other, records[one]!);
  }
  const changed = records[at(hand.change)]!;
  const data = Buffer.from(changed.data.toString().replace('公', '私'));
  return records.with(at(hand.change), { ...changed, data });
}

export const fakeKurrentDb: Adapter = {
  name: 'KurrentDB, a fake server',
  fixture: fakeServer,
  declared,
  manyEvents: 5_000,
};

/** With `KURRENTDB_URL` set, the same on a real server. */
export function realKurrentDb(): Adapter[] {
  const url = process.env['KURRENTDB_URL'];
  return url ? [realServer(url)] : [];
}

/** A server of this machine without TLS is reached over a wire of ours, which can be cut. */
function realServer(url: string): Adapter {
  const port = /^[a-z]+:\/\/(?:127\.0\.0\.1|localhost)(?::(\d+))?\/?\?(?:.*&)?tls=false\b/.exec(url)?.[1] ?? '2113';
  const wired = /^[a-z]+:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?\/?\?(?:.*&)?tls=false\b/.test(url);
  const unwired = 'it stands behind TLS or on another machine, where the test has no wire to cut: proved on the fake server';
  return {
    name: 'KurrentDB, a real server',
    async fixture() {
      const unharmed = {
        open: (options?: { deadlineMs?: number }) => openKurrentEventStore(url, { deadlineMs: patientMs, ...options }),
        clean: async () => {},
        corrupt: (stream: string) => corrupt(url, stream),
      };
      if (!wired) return unharmed;
      const wire = createWire({ port: Number(port) });
      await wire.listen(0);
      return {
        ...unharmed,
        open: options =>
          openKurrentEventStore(`kurrentdb://127.0.0.1:${wire.port()}?tls=false`, { deadlineMs: patientMs, ...options }),
        clean: () => wire.unlisten(),
        fallSilent: async () => wire.freeze(),
        dropConnections: async () => void wire.cutAll(),
      };
    },
    declared: {
      ...declared,
      ...(wired ? {} : { 'ES-25': unwired, 'ES-45': unwired }),
      'ES-18': 'a real server cannot be asked to lose one answer: proved on the fake server',
      'ES-33': 'a real server cannot be asked to fail in the middle of a read: proved on the fake server',
      'ES-54': 'deleting the newest events takes the server’s own tools: proved on the fake server',
      'ES-56': 'the port offers no way to change or delete; what the adapter calls is counted on the fake server',
      'ES-57': 'a real server lets nobody change a byte: proved on the fake server, whose records can be changed',
      'ES-60': 'the test does not start the server, so it does not kill it: proved on the fake server',
      'ES-61': 'there is no file of ours; a server that is down or refuses is proved on the fake server',
    },
    shared: true,
    manyEvents: 5_000,
  };
}
