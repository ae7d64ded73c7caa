import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, openSqliteEventStore, type StoredEvent, versioned } from '#event-store';
import { z } from 'zod';
import type { Context } from './context.js';
import { untilSo } from './contract/rebuilding-views.js';
import { type Reaction, runReaction } from './reaction.js';
import type { ReadStore } from './read-store.js';
import { openSqliteViews } from './sqlite-store.js';

describe('A reaction', () => {
  let folder: string;
  let store: EventStore;
  let readStore: ReadStore;
  let next = 0;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gongkai-reaction-'));
    store = await openSqliteEventStore(join(folder, 'events.db'));
    readStore = await openSqliteViews(join(folder, 'views.db'));
  });
  afterEach(async () => {
    await readStore.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const append = (key: string, version = 1) =>
    store.append(
      `test.step-${key}`,
      [{ id: `e${++next}`, type: 'Added', version, data: { key }, metadata: { commandDigest: '' } as never }],
      'any',
    );
  const context = (owner: string, more: Partial<Context> = {}): Context => ({
    store,
    readStore,
    owner,
    leaseMs: 1_000,
    now: () => new Date('2013-04-20T00:00:00Z'),
    log: { info: () => {}, error: () => {} },
    ...more,
  });
  const meeting = (met: string[], react: (event: StoredEvent) => void = () => {}): Reaction => ({
    name: 'when-added',
    events: ['Added'],
    async react(event) {
      react(event);
      met.push(event.data['key'] as string);
    },
  });

  it('meets every event in order and goes on after a failure where it stood', async () => {
    const met: string[] = [];
    let failures = 0;
    const reaction = meeting(met, ({ data }) => {
      if (data['key'] === 'b' && ++failures < 3) throw new Error('not now');
    });
    for (const key of ['a', 'b', 'c']) await append(key);
    const running = runReaction(context('one'), reaction);
    await untilSo(() => met.includes('c'));
    expect(failures).toBe(3);
    await untilSo(() => running.status().position === 3);
    await running.stop();
    expect(met).toEqual(['a', 'b', 'c']);
  });

  it('goes on after a restart where it stood, also when nothing concerned it meanwhile', async () => {
    const met: string[] = [];
    await append('a');
    for (const owner of ['one', 'two']) {
      const running = runReaction(context(owner), meeting(met));
      const head = await store.head();
      await untilSo(() => running.status().position === head);
      await running.stop();
      await store.append(
        'test.other-1',
        [{ id: `o${++next}`, type: 'Other', version: 1, data: {}, metadata: {} as never }],
        'any',
      );
      await append(owner);
    }
    expect(met).toEqual(['a', 'one']);
  });

  it('is carried out by one of several processes, and by another once that has stopped', async () => {
    const [first, second]: [string[], string[]] = [[], []];
    const one = runReaction(context('one', { leaseMs: 60_000 }), meeting(first));
    await untilSo(() => one.status().state === 'following');
    const others = await openSqliteViews(join(folder, 'views.db'));
    const two = runReaction(context('two', { leaseMs: 60_000, readStore: others }), meeting(second));
    await append('a');
    await untilSo(() => one.status().position === 1 && two.status().state === 'standby');
    await one.stop();
    await append('b');
    await untilSo(() => second.length > 0);
    await two.stop();
    await others.close();
    expect([first, second]).toEqual([['a'], ['b']]);
  });

  it('stands before an event of a version that this program does not know, and says what to do', async () => {
    const met: string[] = [];
    const types = { Added: { version: 1, data: z.strictObject({ key: z.string() }) } };
    await append('a');
    await append('b', 2);
    const running = runReaction(context('one', { store: versioned(store, types) }), meeting(met));
    await untilSo(() => running.status().state === 'failed');
    const error = expect.stringMatching(/请升级本程序.*Event 0 of test\.step-b is Added version 2.*upgrade/) as unknown;
    expect(running.status()).toMatchObject({ state: 'failed', position: 1, error });
    await running.stop();
    expect(met).toEqual(['a']);
  });
});
