import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { type Accepted, type Actor, type EventOf, isRefusal, personal, type Refusal } from '#contracts';
import { type EventStore, InDoubt, versioned, type VersionedStore } from '#event-store';
import { type Assertion, engines, runContract, type Subject } from '#event-store/contract';
import { type Keys, masterKeysOf, openSqliteKeys, protecting, reveal } from '#privacy';
import { z } from 'zod';
import {
  type Aggregate,
  commandEvents,
  type Decision,
  derivedId,
  type Envelope,
  handle,
  keyedDigests,
  newCommandId,
  type StepInput,
} from './index.js';

const types = {
  Asked: {
    version: 1,
    data: z.strictObject({ who: z.string(), name: personal(z.string()), matter: z.string() }),
    subject: 'who',
  },
  Noted: { version: 1, data: z.strictObject({ count: z.number() }) },
};
type Event = EventOf<typeof types>;
type Ask = StepInput & { name: string; matter: string };
const applicant = '欧阳示例';
const ask: Ask = { name: applicant, matter: '低保' };
const aDay = 24 * 60 * 60_000;
const officer: Actor = { person: 'lin', name: '林', roles: ['publisher'] };

/** A house on an engine: two events a command, the first with personal data. */
interface House {
  store: VersionedStore;
  keys: Keys;
  aggregate: Aggregate<number, Event>;
  /** `daysLater`: when it is asked again. */
  ask(
    commandId: string,
    options?: { store?: VersionedStore; daysLater?: number; input?: Ask; creates?: true },
  ): Promise<Accepted | Refusal>;
  names(): Promise<unknown[]>;
}

const inAHouse =
  (prove: (house: House, subject: Subject) => Promise<void>): Assertion =>
  async subject => {
    const folder = mkdtempSync(join(tmpdir(), 'gongkai-in-doubt-'));
    const keys = await openSqliteKeys(join(folder, 'keys.db'), masterKeysOf(randomBytes(32).toString('base64'))!);
    const digests = keyedDigests(await keys.secret('command-digests'), keys);
    const store = housed(subject.store, keys);
    const aggregate: Aggregate<number, Event> = {
      stream: id => subject.stream(id),
      initial: 0,
      evolve: count => count + 1,
    };
    const decide: Decision<Ask, number, Event> = ({ name, matter }, count) => [
      { type: 'Asked', data: { who: subject.stream('p1'), name, matter } },
      { type: 'Noted', data: { count } },
    ];
    const house: House = {
      store,
      keys,
      aggregate,
      ask(commandId, { store: otherStore, daysLater = 0, input = ask, creates } = {}) {
        const now = new Date(Date.UTC(2013, 3, 20, 2) + daysLater * aDay);
        const envelope: Envelope = {
          commandId,
          command: 'test.ask',
          correlationId: 'walk',
          actor: officer,
          now,
          today: now.toISOString().slice(0, 10),
          personal: ['name'],
          digests,
          ...(creates ? { creates } : {}),
        };
        return handle(otherStore ?? store, aggregate, '1', input, decide, envelope);
      },
      async names() {
        const events = await store.readStream(subject.stream('1'));
        return Promise.all(events.filter(({ type }) => type === 'Asked').map(event => reveal(keys, types, event)));
      },
    };
    try {
      await prove(house, subject);
    } finally {
      await keys.close();
      rmSync(folder, { recursive: true });
    }
  };

const housed = (store: EventStore, keys: Keys) => versioned(protecting(store, types, keys), { ...commandEvents, ...types });
const anew = (number: number) => newCommandId(new Date(Date.UTC(2013, 3, 20, 2, 0, number)));

const honestRetries: Record<string, Assertion> = {
  'ES-18 a command whose answer the engine lost is answered as stored, once, without its asker noticing': inAHouse(
    async (house, { fixture, store, stream }) => {
      await fixture.loseAnswer!();
      expect(await house.ask(anew(1))).toMatchObject({ id: '1', revision: 1 });
      expect(await store.readStream(stream('1'))).toHaveLength(2);
      expect(await house.names()).toEqual([{ name: applicant }]);
    },
  ),

  'ES-18 also where it was lost while a command id was tied to its content': inAHouse(
    async (house, { fixture, store, stream }) => {
      await fixture.loseAnswer!();
      const commandId = derivedId('', 'lin', `a key of ${stream('')}`);
      expect(await house.ask(commandId, { creates: true })).toMatchObject({ revision: 1 });
      expect(await house.ask(commandId, { creates: true, daysLater: 1 })).toMatchObject({ revision: 1 });
      const other = await house.ask(commandId, { creates: true, input: { ...ask, matter: '别的' } });
      expect(other).toMatchObject({ name: 'idempotency-key-reused' });
      expect(await store.readStream(stream('1'))).toHaveLength(2);
    },
  ),
};

/** The store of one who dies just after an append was stored. */
const dyingAfter = (store: VersionedStore): VersionedStore => ({
  ...store,
  append: async (...append) => {
    await store.append(...append);
    throw new Error('power cut');
  },
});

/** The store of one whose appends all get lost on their way. */
const losing = (store: VersionedStore): VersionedStore => ({
  ...store,
  append: () => Promise.reject(new InDoubt('the line was cut')),
});

const askedAgain: Record<string, Assertion> = {
  'ES-14 ES-16 asked again days later, encrypted anew, a command that was stored unheard is answered as the first time': inAHouse(
    async (house, { stream, store }) => {
      const commandId = anew(1);
      await expect(house.ask(commandId, { store: dyingAfter(house.store) })).rejects.toThrow('power cut');
      const before = await store.readStream(stream('1'));
      expect(before.map(({ id }) => id)).toEqual([derivedId(commandId, 0), derivedId(commandId, 1)]);
      expect(await house.ask(commandId, { daysLater: 3 })).toEqual({ id: '1', revision: 1, position: before[1]!.position });
      expect(await store.readStream(stream('1'))).toEqual(before);
      expect(await house.ask(commandId, { daysLater: 3, input: { ...ask, name: '另一人' } })).toMatchObject({
        name: 'idempotency-key-reused',
      });
    },
  ),

  'ES-14 ES-16 one that was not stored is stored when asked again, whatever others stored meanwhile': inAHouse(
    async (house, { stream, store }) => {
      const commandId = anew(1);
      await expect(house.ask(commandId, { store: losing(house.store) })).rejects.toBeInstanceOf(InDoubt);
      expect(await house.ask(anew(2))).toMatchObject({ revision: 1 });
      expect(await house.ask(commandId, { daysLater: 3 })).toMatchObject({ revision: 3 });
      expect(await store.readStream(stream('1'))).toHaveLength(4);
    },
  ),

  'ES-14 ES-16 one that was stored after its asker had heard that it failed is answered, and not stored twice': inAHouse(
    async (house, { stream, store }) => {
      const late: Promise<unknown>[] = [];
      const slow: VersionedStore = {
        ...house.store,
        append: async (...append) => {
          // The first try lands while the second is on its way.
          if (late.length === 0) {
            late.push(house.store.append(...append));
            throw new InDoubt('the line was cut');
          }
          await late[0];
          return house.store.append(...append);
        },
      };
      const answer = await house.ask(anew(1), { store: slow });
      expect(isRefusal(answer)).toBe(false);
      expect(answer).toMatchObject({ revision: 1 });
      expect(await store.readStream(stream('1'))).toHaveLength(2);
    },
  ),

  'ES-14 ES-16 many who ask the same at the same time, each encrypting for itself, get the same answer': inAHouse(
    async (house, { stream, store }) => {
      const commandId = anew(1);
      const answers = await Promise.all(Array.from({ length: 8 }, () => house.ask(commandId)));
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(await store.readStream(stream('1'))).toHaveLength(2);
    },
  ),
};

for (const engine of engines) runContract(engine, { ...honestRetries, ...askedAgain });
