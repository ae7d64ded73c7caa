import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdLease, seizeLease } from './lease.js';
import type { ReadStore } from './read-store.js';
import { openSqliteViews } from './sqlite-store.js';

const name = 'tally/1/0';
const ttlMs = 400;
const now = () => new Date('2013-04-20T00:00:00Z');
const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

describe('A lease', () => {
  let folder: string;
  let store: ReadStore;
  const signal = new AbortController().signal;
  const terms = (owner: string) => ({ owner, ttlMs, now, signal });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gongkai-lease-'));
    store = await openSqliteViews(join(folder, 'views.db'));
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is had by one, and by the next as soon as it is released, with a higher fence', async () => {
    const first = (await holdLease(store, name, terms('a')))!;
    let second: Awaited<ReturnType<typeof holdLease>> | undefined;
    const waiting = holdLease(store, name, terms('b')).then(lease => (second = lease));
    await wait(3 * ttlMs);
    expect(second).toBeUndefined();
    expect(first.lost.aborted).toBe(false);
    await first.release();
    await waiting;
    expect(second!.fence).toBe(first.fence + 1);
    expect(await store.lease(name)).toMatchObject({ owner: 'b', fence: second!.fence });
    await second!.release();
    expect(await store.lease(name)).toMatchObject({ owner: null, fence: second!.fence });
  });

  it('of an owner who has fallen silent goes to whoever waited for its whole length', async () => {
    await store.swapLease(name, null, { owner: 'dead', fence: 7, beat: 3, beatAt: now().toISOString() });
    const begun = performance.now();
    const lease = (await holdLease(store, name, terms('b')))!;
    expect(performance.now() - begun).toBeGreaterThanOrEqual(ttlMs);
    expect(lease.fence).toBe(8);
    await lease.release();
  });

  it('that is taken from its owner says so there', async () => {
    const owner = (await holdLease(store, name, terms('a')))!;
    const act = await seizeLease(store, name, terms('operator'));
    expect(act.fence).toBe(owner.fence + 1);
    await new Promise(resolve => owner.lost.addEventListener('abort', resolve, { once: true }));
    await owner.release();
    expect(await store.lease(name)).toMatchObject({ owner: 'operator' });
    await act.release();
    // Nobody has it, and it does not look abandoned; that is for its owner to say.
    expect(await store.lease(name)).toMatchObject({ owner: null, beatAt: now().toISOString() });
    await (await holdLease(store, name, terms('a')))!.release();
    expect(await store.lease(name)).toMatchObject({ owner: null, beatAt: '1970-01-01T00:00:00.000Z' });
  });

  it('is waited for no longer than asked', async () => {
    const owner = (await holdLease(store, name, terms('a')))!;
    const stop = new AbortController();
    const waiting = holdLease(store, name, { ...terms('b'), signal: stop.signal });
    stop.abort();
    expect(await waiting).toBeNull();
    await owner.release();
  });
});
