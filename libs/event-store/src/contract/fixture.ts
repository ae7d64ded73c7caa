import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { memoryEventStore } from '../memory-store.js';
import type { EventStore, NewEvent, StoredEvent } from '../port.js';

/** How one engine is set up for the contract, and what can be done to it from outside. */
export interface Fixture {
  /** Opens the store, again and again the same one until `clean`. */
  open(options?: { deadlineMs?: number }): Promise<EventStore>;
  clean(): Promise<void>;
  /** Places a payload that is no JSON in a new stream. */
  corrupt?(stream: string): Promise<void>;
  /** The next append is stored, and its answer lost. */
  loseAnswer?(): Promise<void>;
  /** From now on the engine does not answer. */
  fallSilent?(): Promise<void>;
  /** The next read fails after `events` events. */
  failRead?(events: number): Promise<void>;
  /** Every connection is cut; new ones are accepted. */
  dropConnections?(): Promise<void>;
  /** Reads and other calls the engine still has open for us. */
  openReads?(): number;
  /** Calls that ever reached the engine. */
  calls?(): number;
  /** Its calls are made by other processes: an answer takes more than a turn of the event loop. */
  elsewhere?: true;
  /** Another writer holds a transaction in which it has stored an event, until it is let go. */
  holdTransaction?(stream: string): Promise<() => void>;
  /** Every process that had the store open ends, once it is closed; what is opened next is opened by new ones. */
  restart?(): Promise<void>;
  /** The store as whoever verifies it opens it, where that is not `open`. */
  verifying?(): Promise<EventStore>;
  /** Lays hands on the closed store, past every guard. */
  tamper?(hand: Tampering): Promise<void>;
}

/** What somebody does to events, by their positions. */
export type Tampering =
  | { change: number }
  | { remove: number }
  | { swap: readonly [number, number] }
  /** What lies after it is gone, and nothing says that it was ever there. */
  | { cutAfter: number };

/** An engine under the contract. */
export interface Adapter {
  name: string;
  fixture(): Promise<Fixture>;
  /** What the engine cannot meet or does not have, by assertion, with the reason. Never a failure in disguise. */
  declared: Readonly<Record<string, string>>;
  /** Events of the long logs: fewer where a server or another process stands between. */
  manyEvents?: number;
  /** The engine keeps what other tests stored. */
  shared?: true;
}

/** What every assertion works with. Streams and ids are new in each test: a real server keeps what other tests stored. */
export interface Subject {
  fixture: Fixture;
  store: EventStore;
  /** Position of the log when the test began: nothing before it is the test's own. */
  start: number;
  stream(name?: string): string;
  event(more?: Partial<NewEvent>): NewEvent;
  events(count: number, more?: Partial<NewEvent>): NewEvent[];
  /** The log from `start`, of the test's own streams. */
  log(): Promise<StoredEvent[]>;
  reopen(options?: { deadlineMs?: number }): Promise<EventStore>;
  /** An empty store of the same engine; of the model, where the engine is never empty. */
  another(): Promise<EventStore>;
}

export type Assertion = (subject: Subject) => Promise<void>;

let runs = 0;
const uniqueRun = createHash('sha256').update(`${process.pid} ${process.hrtime.bigint()}`).digest('hex').slice(0, 12);

/** Ids as the commands make them: UUIDs whose first six bytes are a time. */
export function uuid(...parts: (string | number)[]): string {
  const hex = createHash('sha256').update(parts.join('\u0000')).digest('hex');
  return `0193${hex.slice(0, 4)}-${hex.slice(4, 8)}-8${hex.slice(8, 11)}-8${hex.slice(11, 14)}-${hex.slice(14, 26)}`;
}

export function eventOf(id: string, more: Partial<NewEvent> = {}): NewEvent {
  return {
    id,
    type: 'Noted',
    version: 1,
    data: { note: '公开' },
    ...more,
    metadata: {
      commandId: id,
      command: 'test.note',
      commandDigest: `digest of ${id}`,
      correlationId: 'c',
      person: 'p',
      name: '某人',
      occurredOn: '2013-04-20',
      recordedAt: '2013-04-20T00:00:00.000Z',
      ...more.metadata,
    },
  };
}

/** Waits for what comes about by itself. */
export async function soon(holds: () => boolean | Promise<boolean>): Promise<void> {
  const until = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error('it did not come about within 60 s');
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** Many events, few to an append: so many bytes fit every engine. */
export async function fill({ store, stream, events }: Subject, count: number, more = {}): Promise<void> {
  const together = 100;
  for (let written = 0; written < count; written += together * 8) {
    const sizes = Array.from({ length: 8 }, (_, index) => Math.min(together, count - written - index * together)).filter(
      size => size > 0,
    );
    await Promise.all(sizes.map((size, index) => store.append(stream(`fill-${index}`), events(size, more), 'any')));
  }
}

const idLength = 'ES-01'.length;
/** On a busy machine, or with a server on another one. It ends what hangs, and judges no speed. */
const patienceMs = 300_000;

/** Of every engine: what is measured, and what the house does not have. */
const figures = {
  'ES-50':
    'a figure and no test, taken by `npm run bench store`: a timed test fails on a busy machine and proves nothing on a quiet one',
  'ES-59': 'one authority per store: there are no tenants, so nothing of theirs can mix',
};

/** What is declared is said, and must be said for a reason. */
export function sayDeclared(adapter: Adapter): void {
  describe(`event store: ${adapter.name}`, () => {
    for (const [id, reason] of Object.entries({ ...figures, ...adapter.declared }))
      it(`${id} declared: ${reason}`, () => expect(reason.length).toBeGreaterThan(20));
  });
}

/** Runs assertions for an adapter: `table` maps "ES-01 title" to what must hold. A rejection that nobody handles fails its test. */
export function runContract(adapter: Adapter, table: Readonly<Record<string, Assertion>>, withinMs = patienceMs): void {
  describe(`event store: ${adapter.name}`, () => {
    let subject: Subject;
    let cleanups: (() => Promise<void>)[];
    beforeEach(async () => {
      cleanups = [];
      subject = await subjectOf(adapter, cleanups);
    });
    afterEach(async () => {
      await subject.store.close();
      await subject.fixture.clean();
      for (const cleanup of cleanups) await cleanup();
    });

    for (const [title, assertion] of Object.entries(table)) {
      if (!(title.slice(0, idLength) in adapter.declared)) it(title, () => assertion(subject), withinMs);
    }
  });
}

async function subjectOf(adapter: Adapter, cleanups: (() => Promise<void>)[]): Promise<Subject> {
  const run = `${uniqueRun}-${++runs}`;
  const fixture = await adapter.fixture();
  let ids = 0;
  const subject: Subject = {
    fixture,
    store: await fixture.open(),
    start: 0,
    stream: (name = '1') => `catalogue.record-${run}-${name}`,
    event: more => eventOf(more?.id ?? uuid(run, ++ids), more),
    events: (count, more) => Array.from({ length: count }, () => subject.event(more)),
    async log() {
      const streams = [`catalogue.record-${run}-`];
      const { events } = await subject.store.readAll({ after: subject.start, limit: 1_000_000, streams });
      return events;
    },
    async reopen(options) {
      await subject.store.close();
      return (subject.store = await fixture.open(options));
    },
    async another() {
      if (adapter.shared) return memoryEventStore();
      const other = await adapter.fixture();
      const store = await other.open();
      cleanups.push(
        () => store.close(),
        () => other.clean(),
      );
      return store;
    },
  };
  subject.start = await subject.store.head();
  return subject;
}
