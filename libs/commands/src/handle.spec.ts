import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Actor, type EventOf, refuse } from '#contracts';
import { type EventStore, openSqliteEventStore, UnknownEvent, versioned, type VersionedStore } from '#event-store';
import { z } from 'zod';
import {
  type Aggregate,
  commandEvents,
  type Decision,
  derivedId,
  type Envelope,
  handle,
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
const note: Decision<StepInput & { text: string }, string[], Noted> = (command, state) =>
  state.includes(command.text)
    ? refuse('conflict', 'noted-already', { zh: '已有', en: 'there' })
    : [{ type: 'Noted', data: { text: command.text } }];

const officer: Actor = { person: 'lin', name: '林', roles: ['publisher'] };
const now = new Date('2026-11-24T02:00:00Z');
const envelope = (commandId: string, more: Partial<Envelope> = {}): Envelope => ({
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
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gongkai-handle-'));
    stored = await openSqliteEventStore(join(folder, 'events.db'));
    store = versioned(stored, { ...commandEvents, ...noteEvents });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('stores what was decided, with who, when it happened and when it was recorded', async () => {
    expect(await handle(store, notes, '1', { text: '甲' }, note, envelope('c1'))).toMatchObject({ id: '1', revision: 0 });
    expect((await store.readStream('test.note-1'))[0]!.metadata).toMatchObject({
      person: 'lin',
      occurredOn: '2026-11-24',
      recordedAt: now.toISOString(),
      correlationId: 'walk',
    });
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
    expect(early < late).toBe(true);
    expect(derivedId(early, 0) < derivedId(late, 0)).toBe(true);
    expect(derivedId(early, 0)).toBe(derivedId(early, 0));
    expect(derivedId(early, 0)).not.toBe(derivedId(early, 1));
  });
});
