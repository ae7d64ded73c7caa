import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Actor, type EventOf, refuse } from '#contracts';
import {
  type EventStore,
  InDoubt,
  openSqliteEventStore,
  StoreUnavailable,
  UnknownEvent,
  versioned,
  type VersionedStore,
} from '#event-store';
import { type Keys, masterKeysOf, openSqliteKeys, SubjectIsErased } from '#privacy';
import { z } from 'zod';
import {
  addressId,
  type Aggregate,
  canonicalDigest,
  commandEvents,
  type Decision,
  derivedId,
  type Digests,
  type Envelope,
  handle,
  keyedDigests,
  load,
  newCommandId,
  type StepInput,
} from './index.js';

const noteEvents = { Noted: { version: 1, data: z.strictObject({ text: z.string() }) } };
type Noted = EventOf<typeof noteEvents>;
const notes: Aggregate<string[], Noted> = {
  stream: id => `test.note-${id}`,
  initial: [],
  evolve: (state, event) => [...state, event.data.text],
};
const note: Decision<StepInput & { text: string; who?: { name: string } }, string[], Noted> = (command, state) =>
  state.includes(command.text)
    ? refuse('conflict', 'noted-already', { zh: '已有', en: 'there' })
    : [{ type: 'Noted', data: { text: command.text } }];

const officer: Actor = { person: 'lin', name: '林', roles: ['publisher'] };
const now = new Date('2026-11-24T02:00:00Z');
let digests: Digests;
const envelope = (commandId: string, more: Partial<Envelope> = {}): Envelope => ({
  digests,
  commandId,
  command: 'test.note',
  correlationId: 'walk',
  actor: officer,
  now,
  today: '2026-11-24',
  ...more,
});

describe('a command', () => {
  let folder: string;
  let stored: EventStore;
  let store: VersionedStore;
  let keys: Keys;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gongkai-handle-'));
    stored = await openSqliteEventStore(join(folder, 'events.db'));
    store = versioned(stored, { ...commandEvents, ...noteEvents });
    keys = await openSqliteKeys(join(folder, 'keys.db'), masterKeysOf(randomBytes(32).toString('base64'))!);
    digests = keyedDigests(await keys.secret('command-digests'), keys);
  });
  afterEach(async () => {
    await store.close();
    await keys.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The store, with a fault in its appending. */
  const appending = (append: VersionedStore['append']) =>
    ({ append, readStream: (...read) => store.readStream(...read) }) as Pick<
      VersionedStore,
      'append' | 'readStream'
    > as VersionedStore;

  it('stores what was decided, with who, when it happened and when it was recorded', async () => {
    expect(await handle(store, notes, '1', { text: '甲' }, note, envelope('c1'))).toMatchObject({ id: '1', revision: 0 });
    expect((await store.readStream('test.note-1'))[0]!.metadata).toMatchObject({
      person: 'lin',
      occurredOn: '2026-11-24',
      recordedAt: now.toISOString(),
      correlationId: 'walk',
    });
  });

  it('stores events whose ids are derived from its own and their place in it', async () => {
    const commandId = newCommandId(now);
    const thrice: typeof note = command =>
      ['一', '二', '三'].map(text => ({ type: 'Noted', data: { text: command.text + text } }));
    await handle(store, notes, '1', { text: '甲' }, thrice, envelope(commandId));
    const ids = (await store.readStream('test.note-1')).map(({ id }) => id);
    expect(ids).toEqual([0, 1, 2].map(index => derivedId(commandId, index)));
  });

  it('given again under the same id is answered as the first time and stores nothing', async () => {
    const first = await handle(store, notes, '1', { text: '甲' }, note, envelope('c1'));
    await handle(store, notes, '1', { text: '乙' }, note, envelope('c2'));
    expect(await handle(store, notes, '1', { text: '甲' }, note, envelope('c1'))).toEqual(first);
    expect(await store.readStream('test.note-1')).toHaveLength(2);
  });

  it('under a known id with another content is refused, also where it names another resource', async () => {
    await handle(store, notes, 'chosen', { text: '甲' }, note, envelope('c1', { creates: true }));
    expect(await handle(store, notes, 'chosen', { text: '乙' }, note, envelope('c1', { creates: true }))).toMatchObject({
      name: 'idempotency-key-reused',
    });
    expect(await handle(store, notes, 'other', { text: '甲乙' }, note, envelope('c1', { creates: true }))).toMatchObject({
      name: 'idempotency-key-reused',
    });
    expect(await store.readStream('test.note-other')).toEqual([]);
  });

  it('given twice at the same time with two contents is accepted once, and refused once', async () => {
    const outcomes = await Promise.all(['甲', '乙'].map(text => handle(store, notes, '1', { text }, note, envelope('c1'))));
    expect(outcomes.map(outcome => ('refused' in outcome ? outcome.name : 'stored')).sort()).toEqual([
      'idempotency-key-reused',
      'stored',
    ]);
  });

  it('that is refused stores nothing and is not remembered', async () => {
    await handle(store, notes, '1', { text: '甲' }, note, envelope('c1'));
    expect(await handle(store, notes, '1', { text: '甲' }, note, envelope('c2'))).toMatchObject({ refused: 'conflict' });
    expect(await handle(store, notes, '1', { text: '丙' }, note, envelope('c2'))).toMatchObject({ revision: 1 });
  });

  it('races with others and is decided again on what they stored', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) => handle(store, notes, '1', { text: '同' }, note, envelope(`c${index}`))),
    );
    expect(outcomes.filter(outcome => 'revision' in outcome)).toHaveLength(1);
  });

  it('is not decided on a history that holds what a newer program wrote', async () => {
    await handle(store, notes, '1', { text: '甲' }, note, envelope('c1'));
    const [first] = await stored.readStream('test.note-1');
    await stored.append('test.note-1', [{ ...first!, id: 'e2', version: 2, data: { words: ['乙'] } }], 0);
    await expect(handle(store, notes, '1', { text: '丙' }, note, envelope('c3'))).rejects.toThrow(UnknownEvent);
    await expect(load(store, notes, '1')).rejects.toThrow(/test\.note-1.*Noted.*2.*升级.*upgrade/);
  });

  it('that expects another revision is stale', async () => {
    await handle(store, notes, '1', { text: '甲' }, note, envelope('c1'));
    expect(await handle(store, notes, '1', { text: '乙' }, note, envelope('c2', { ifMatch: 4 }))).toMatchObject({
      refused: 'stale',
      detail: { revision: 0 },
    });
  });

  it('whose storing is in doubt is tried again, and is never a conflict with itself', async () => {
    let storedFirst = true;
    const doubtful = appending(async (...append) => {
      if (storedFirst) await store.append(...append);
      storedFirst = !storedFirst;
      throw new InDoubt('the line was cut');
    });
    const after = await handle(doubtful, notes, '1', { text: '甲' }, note, envelope('c1'));
    expect(after).toMatchObject({ revision: 0 });
    storedFirst = false;
    const before = handle(doubtful, notes, '2', { text: '甲' }, note, envelope('c2'));
    await expect(before).resolves.toMatchObject({ revision: 0 });
    expect([await store.readStream('test.note-1'), await store.readStream('test.note-2')].map(events => events.length)).toEqual([
      1, 1,
    ]);
  });

  it('whose storing is in doubt stays so where the store cannot be asked afterwards', async () => {
    let down = false;
    const cut = {
      async append() {
        down = true;
        throw new InDoubt('the line was cut');
      },
      async readStream(...read: Parameters<VersionedStore['readStream']>) {
        if (down) throw new StoreUnavailable('the store is down');
        return store.readStream(...read);
      },
    } as Pick<VersionedStore, 'append' | 'readStream'> as VersionedStore;
    await expect(handle(cut, notes, '1', { text: '甲' }, note, envelope('c1'))).rejects.toBeInstanceOf(InDoubt);
    await expect(handle(cut, notes, '1', { text: '甲' }, note, envelope('c1'))).rejects.toBeInstanceOf(StoreUnavailable);
  });

  describe('is known again by a digest', () => {
    const about = (name: string) => ({ text: '甲', who: { name } });
    const personal = (commandId: string) => envelope(commandId, { personal: ['who'] });
    const digestOf = async (id: string) => (await store.readStream(`test.note-${id}`))[0]!.metadata.commandDigest;

    it('that nobody without the house’s secret can make, to try contents with', async () => {
      await handle(store, notes, '1', { text: '甲' }, note, envelope('c1'));
      expect(await digestOf('1')).toMatch(/^k1:[\w-]{43}$/);
      await handle(store, notes, '2', about('张三'), note, personal('c2'));
      const secret = await keys.secret('command-digests');
      const same = await keyedDigests(secret, keys).of({
        command: 'test.note',
        input: about('张三'),
        personal: ['who'],
        subject: '2',
      });
      expect(await digestOf('2')).toBe(same);
      await handle(store, notes, '3', about('张三'), note, personal('c3'));
      expect((await digestOf('3')).split('.')[0]).toBe(same.split('.')[0]);
      expect((await digestOf('3')).split('.')[1]).not.toBe(same.split('.')[1]);
    });

    it('with the same personal data it is answered as the first time, with another’s it is refused', async () => {
      const first = await handle(store, notes, '1', about('张三'), note, personal('c1'));
      expect(await handle(store, notes, '1', about('张三'), note, personal('c1'))).toEqual(first);
      for (const other of [about('李四'), { text: '甲' }, { ...about('张三'), text: '乙' }])
        expect(await handle(store, notes, '1', other, note, personal('c1'))).toMatchObject({ name: 'idempotency-key-reused' });
    });

    it('after the person was erased it is still answered, and what was never personal is still compared', async () => {
      const first = await handle(store, notes, '1', about('张三'), note, personal('c1'));
      await keys.destroy('1');
      expect(await handle(store, notes, '1', about('张三'), note, personal('c1'))).toEqual(first);
      const other = { ...about('张三'), text: '乙' };
      expect(await handle(store, notes, '1', other, note, personal('c1'))).toMatchObject({ name: 'idempotency-key-reused' });
      await expect(handle(store, notes, '1', other, note, personal('c2'))).rejects.toBeInstanceOf(SubjectIsErased);
    });

    it('one that is refused makes no key for the person it names', async () => {
      await handle(store, notes, '1', { text: '甲' }, note, envelope('c1'));
      await handle(store, notes, '1', { ...about('张三'), dataSubject: 'zhang' }, note, personal('c2'));
      expect(await keys.keyOf('zhang')).toBe('none');
    });

    it('of a program before there was a secret, it is compared as that one did, also where only the claim was stored', async () => {
      const input = { text: '甲' };
      const old: Digests = {
        of: async ({ command, input }) => canonicalDigest([command, input]),
        same: async () => false,
      };
      const first = await handle(store, notes, '1', input, note, envelope('c1', { digests: old }));
      expect(await handle(store, notes, '1', input, note, envelope('c1'))).toEqual(first);
      expect(await handle(store, notes, '1', { text: '乙' }, note, envelope('c1'))).toMatchObject({
        name: 'idempotency-key-reused',
      });

      const cut = appending(async (...append) => {
        if (append[0].startsWith('operations.')) return store.append(...append);
        throw new Error('power cut');
      });
      const creates = { creates: true, digests: old };
      await expect(handle(cut, notes, 'chosen', input, note, envelope('c2', creates))).rejects.toThrow('power cut');
      expect(await handle(store, notes, 'chosen', { text: '乙' }, note, envelope('c2', { creates: true }))).toMatchObject({
        name: 'idempotency-key-reused',
      });
      expect(await handle(store, notes, 'chosen', input, note, envelope('c2', { creates: true }))).toMatchObject({ revision: 0 });
    });
  });

  describe('that names the day it happened', () => {
    const backdater: Actor = { ...officer, roles: ['publisher', 'backdater'] };
    const past = { text: '补', occurredOn: '2013-04-20', source: '登记簿', reason: '补录' };
    it.each([
      ['a future day is invalid', { ...past, occurredOn: '2026-11-25' }, backdater, 'occurred-in-future'],
      ['a past day needs the role', past, officer, 'backdating-not-allowed'],
      ['a past day needs source and reason', { text: '补', occurredOn: '2013-04-20' }, backdater, 'backdating-unexplained'],
    ])('%s', async (_, input, actor, name) => {
      expect(await handle(store, notes, '1', input, note, envelope('c1', { actor }))).toMatchObject({ name });
    });

    it('never lies before the step before it', async () => {
      await handle(store, notes, '1', past, note, envelope('c1', { actor: backdater }));
      expect(
        await handle(
          store,
          notes,
          '1',
          { ...past, text: '前', occurredOn: '2013-04-19' },
          note,
          envelope('c2', { actor: backdater }),
        ),
      ).toMatchObject({ name: 'before-previous-step' });
      expect((await store.readStream('test.note-1'))[0]!.metadata.backdated).toEqual({ source: '登记簿', reason: '补录' });
    });
  });
});

describe('ids', () => {
  it('made by us rise with time, and what is derived from them does too', () => {
    const [early, late] = [newCommandId(new Date(1_000_000_000_000)), newCommandId(new Date(1_700_000_000_000))];
    // RFC 9562: version 7, variant 10, milliseconds first.
    expect(early).toMatch(/^00e8d4a5-1000-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(early < late).toBe(true);
    expect(derivedId(early, 0) < derivedId(late, 0)).toBe(true);
    expect(derivedId(early, 0)).toBe(derivedId(early, 0));
    expect(derivedId(early, 0)).not.toBe(derivedId(early, 1));
  });

  it('of addresses rise with time too, and are what they were where the asker’s key made the command', () => {
    const [early, late] = [newCommandId(new Date(1_000_000_000_000)), newCommandId(new Date(1_700_000_000_000))];
    expect(addressId(early)).toMatch(/^[0-9a-f]{20}$/);
    expect(addressId(early) < addressId(late)).toBe(true);
    expect(addressId(early)).toBe(addressId(early));
    expect(addressId(derivedId('', 'chen-jing', 'POST', '/api/v1/records', 'key'))).toBe('af78f8000b5509efecdf');
  });
});
