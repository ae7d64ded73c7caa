import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect } from '@jest/globals';
import { versioned } from '#event-store';
import { z } from 'zod';
import { asOf, type Moment } from '../as-of.js';
import { build } from '../build.js';
import { follow } from '../follower.js';
import type { Projection } from '../projection.js';
import { runProjection } from '../projection-runner.js';
import { statusOf } from '../status.js';
import { type Assertion, type Subject, types } from './grounds.js';
import { activeOf, allDocs, failing, live, operator, ordered, seenDocs, tallies, totals, untilSo } from './rebuilding-views.js';
import { steps } from './running.js';

/** What the folder of temporary files holds of this process: others are tested beside it. */
function asideFolders(): string[] {
  return existsSync(tmpdir()) ? readdirSync(tmpdir()).filter(name => name.startsWith(`gongkai-aside-${process.pid}-`)) : [];
}

async function at(subject: Subject, projection: Projection, moment: Moment) {
  const { view, position, events, close } = await asOf(subject.context(), projection, moment);
  const docs = await allDocs(view, projection);
  await close();
  return { docs, position, events };
}

export const looking: Record<string, Assertion> = {
  'PR-33 a rebuild gives a projection nothing to act with, and stores nothing but the order': async subject => {
    const acting: Projection = {
      ...tallies,
      // @ts-expect-error a projection is given an event: no store, no bus, no clock
      project: (event, store) => (store ? [] : tallies.project(event)),
    };
    expect(acting.project.length).toBe(2);
    const given: number[] = [];
    const watched: Projection = {
      ...tallies,
      project(...all) {
        given.push(all.length);
        return tallies.project(...all);
      },
    };
    for (let index = 0; index < 20; index++) await subject.append(`test.tally-${index % 4}`, 'Added');
    await live(subject, watched);
    const before = await subject.store.readAll({ after: 0, limit: 1_000 });
    await operator(subject, [watched]).order({ order: 'rebuild', parts: 2 });
    const { events } = await subject.store.readAll({ after: before.upTo, limit: 1_000 });
    expect(events.map(({ type, stream, metadata }) => [type, stream, metadata.person])).toEqual([
      ['ProjectionOrdered', 'operations.projection-tallies', 'operator:li'],
    ]);
    expect(new Set(given)).toEqual(new Set([1]));
  },

  'PR-13 PR-36 never started, at zero, working, quiet and dead are told apart; lag is told in events and seconds':
    async subject => {
      const now = new Date('2013-04-20T00:01:00.000Z');
      const { operations } = operator(subject, [tallies], { now: () => now, leaseMs: 10_000 });
      const status = async () => (await statusOf(operations))[0]!;
      expect(await status()).toEqual({ projection: 'tallies', version: 1, life: 'never-started', active: null, generations: [] });
      const context = subject.context({ now: () => now, leaseMs: 10_000 });
      const made = (await subject.readStore.create(tallies, { parts: 1, goal: 0, state: 'active' }))!;
      expect(await status()).toMatchObject({ life: 'dead', active: 1 });
      const follower = follow(context, tallies, made);
      await untilSo(async () => (await subject.readStore.lease('tallies/1/0'))?.owner === context.owner);
      expect(await status()).toMatchObject({ life: 'at-zero', generations: [{ position: 0, lagEvents: 0, lagSeconds: 0 }] });
      await subject.append('test.other-1', 'Other');
      await subject.append('test.tally-1', 'Added');
      await untilSo(async () => (await status()).generations[0]!.position === 2);
      expect(await status()).toMatchObject({
        life: 'quiet',
        generations: [
          { lagEvents: 0, lagSeconds: 0, owner: context.owner, complete: { proven: true, position: 2, missing: [] } },
        ],
      });
      expect((await status()).generations[0]!.beatAt).toBe(now.toISOString());
      await operator(subject, [tallies]).order({ order: 'pause', reason: '维护' });
      await untilSo(() => follower.status().state === 'paused');
      await subject.append('test.tally-1', 'Added', {}, { recordedAt: '2013-04-20T00:00:30.000Z' });
      await subject.append('test.other-1', 'Other');
      await subject.append('test.tally-1', 'Added', {}, { recordedAt: '2013-04-20T00:00:50.000Z' });
      for (const proof of [true, false]) {
        const [lagging] = await statusOf(operations, { proof });
        expect(lagging).toMatchObject({
          life: 'working',
          paused: { by: 'operator:li', reason: '维护' },
          generations: [{ lagEvents: 2, lagSeconds: 30 }],
        });
      }
      await follower.stop();
      expect(await status()).toMatchObject({ life: 'dead', generations: [{ owner: null, lagEvents: 2 }] });
    },

  'PR-36 a view that somebody follows is never dead, whatever is done to it': async subject => {
    await steps(subject, 10);
    const runner = runProjection(subject.context(), tallies);
    expect(await runner.waitFor(await subject.store.head(), 30_000)).toBe(true);
    const { operations, order } = operator(subject, [tallies]);
    const lives = new Set<string>();
    let done = false;
    const looking = (async () => {
      for (; !done; await new Promise(resolve => setTimeout(resolve, 5))) lives.add((await statusOf(operations))[0]!.life);
    })();
    await order({ order: 'rebuild' });
    await order({ order: 'rollback' });
    await order({ order: 'rebuild-key', key: 'test.tally-1' });
    // Who follows it notices with its next beat.
    await new Promise(resolve => setTimeout(resolve, 1_000));
    done = true;
    await looking;
    await runner.stop();
    expect([...lives]).toEqual(['quiet']);
  },

  'PR-36 a heartbeat goes on while nothing is to be done: quiet is not dead': async subject => {
    const made = (await subject.readStore.create(tallies, { parts: 1, goal: 0, state: 'active' }))!;
    const context = subject.context({ leaseMs: 300 });
    const follower = follow(context, tallies, made);
    const beat = async () => (await subject.readStore.lease('tallies/1/0'))?.beat ?? 0;
    await untilSo(async () => (await beat()) > 0);
    const first = await beat();
    await untilSo(async () => (await beat()) > first + 2);
    await follower.stop();
  },

  'PR-40 a view as of a position, an instant or a day is what a rebuild stopped there holds; live data is not touched':
    async subject => {
      const steps: [string, string, string, string][] = [
        ['test.tally-a', 'Added', '2013-04-20', '2013-04-20T01:00:00.000Z'],
        ['test.tally-b', 'Added', '2013-04-21', '2013-04-21T01:00:00.000Z'],
        ['test.tally-a', 'Added', '2013-04-22', '2013-04-22T01:00:00.000Z'],
        // Recorded late: it happened before the step above.
        ['test.tally-c', 'Added', '2013-04-21', '2013-04-23T01:00:00.000Z'],
        ['test.tally-b', 'Removed', '2013-04-24', '2013-04-24T01:00:00.000Z'],
      ];
      for (const [stream, type, occurredOn, recordedAt] of steps)
        await subject.append(stream, type, {}, { occurredOn, recordedAt });
      const made = await live(subject, tallies);
      const before = { docs: await seenDocs(subject, tallies), generations: await subject.readStore.generations() };
      const left = asideFolders();
      for (let position = 0; position <= steps.length; position++) {
        const found = await at(subject, tallies, { position });
        const stopped = (await subject.readStore.create(tallies, { parts: 1, goal: position, state: 'building' }))!;
        await follow(subject.context(), tallies, stopped, { upTo: position }).ended;
        await subject.readStore.finish(tallies, stopped);
        expect(found.docs).toEqual(await allDocs(subject.readStore.view(tallies, stopped), tallies));
        expect([found.position, found.events]).toEqual([position, position]);
        await subject.readStore.drop(stopped);
      }
      const totalsAt = async (moment: Moment) =>
        Object.fromEntries(
          (await at(subject, tallies, moment)).docs['tallies']!.map(doc => [(doc['id'] as string).slice(-1), doc['total']]),
        );
      expect(await totalsAt({ instant: '2013-04-22T01:00:00.000Z' })).toEqual({ a: 2, b: 1 });
      expect(await totalsAt({ instant: '2013-04-22T00:59:59.999Z' })).toEqual({ a: 1, b: 1 });
      expect(await totalsAt({ date: '2013-04-21' })).toEqual({ a: 1, b: 1, c: 1 });
      expect(await totalsAt({ date: '2013-04-19' })).toEqual({});
      expect(await totalsAt({ instant: '2013-04-22T01:00:00Z' })).toEqual({ a: 2, b: 1 });
      expect(await totalsAt({ instant: '2013-04-22T09:00:00+08:00' })).toEqual({ a: 2, b: 1 });
      for (const moment of [
        { position: 999 },
        { position: -1 },
        { position: 1.5 },
        { position: NaN },
        { instant: '2013-04-22' },
        { instant: '2013-04-22T09:00' },
        { instant: 'yesterday' },
        { date: '2013-02-30' },
        { date: '20130421' },
        { date: '' },
      ]) {
        await expect(at(subject, tallies, moment)).rejects.toMatchObject({
          name: 'NoSuchMoment',
          zh: expect.stringMatching(/。$/),
        });
      }
      expect({ docs: await seenDocs(subject, tallies), generations: await subject.readStore.generations() }).toEqual(before);
      expect((await activeOf(subject.readStore, tallies)).generation).toBe(made.generation);
      expect(asideFolders()).toEqual(left);
    },

  'PR-40 a view as of a moment stands before what it cannot digest, or says how much it does not hold; its file goes':
    async subject => {
      for (let index = 0; index < 6; index++) await subject.append(`test.tally-${index % 2}`, 'Added');
      const left = asideFolders();
      const broken = failing(tallies, ({ position }) => position === 3);
      const parks = await asOf(subject.context(), broken, { position: 6 });
      expect(parks).toMatchObject({ events: 4, undigested: 2 });
      await parks.close();
      await expect(asOf(subject.context(), { ...broken, onFailure: 'stop' }, { position: 6 })).rejects.toThrow('cannot digest');
      expect(asideFolders()).toEqual(left);
    },

  'PR-46 a rebuild gives the same documents, whichever version its events were stored in': async subject => {
    const renamed = z.strictObject({ title: z.string() });
    const now = versioned(subject.store, {
      ...types,
      Added: { version: 2, data: renamed, upcasts: { 1: ({ title }) => ({ title: title ?? '' }) } },
    });
    const shown: Projection = {
      ...tallies,
      project: event => tallies.project({ ...event, data: { title: event.data['title'] } }),
    };
    await subject.append('test.tally-a', 'Added', { title: '雅安' });
    await now.append(
      'test.tally-a',
      [{ ...(await subject.store.readAll({ after: 0, limit: 1 })).events[0]!, id: 'later', data: { title: '雅安' } }],
      'any',
    );
    const context = subject.context({ store: now });
    await build(context, shown, { hold: true });
    const [candidate] = (await subject.readStore.generations()).filter(({ state }) => state === 'ready');
    expect(candidate!.note.verification).toMatchObject({ passed: true });
    expect(await subject.readStore.view(shown, candidate!).get('tallies', 'test.tally-a')).toEqual({
      id: 'test.tally-a',
      v: 1,
      title: '雅安',
      total: 2,
      order: [0, 1],
    });
  },

  'every order is an event with who, when and why, and an order that is no order leaves none': async subject => {
    for (let index = 0; index < 6; index++) await subject.append(`test.tally-${index % 2}`, 'Added');
    await live(subject, tallies);
    const { order } = operator(subject, [tallies, totals]);
    expect(await order({ order: 'rebuild', projection: 'nothing' })).toMatchObject({
      refused: 'missing',
      name: 'projection-unknown',
    });
    for (const wrong of [
      { order: 'delete-everything' },
      { order: 'rebuild', parts: 0 },
      { order: 'rebuild', parts: 1.5 },
      { order: 'rebuild', hold: 'yes' },
      { order: 'rebuild', generation: 1 },
      { order: 'drop' },
      { order: 'drop', generation: -1 },
      { order: 'retry', position: '4; DROP TABLE events' },
      { order: 'pause', reason: '联系电话 028-84423071' },
      { order: 'pause', reason: 'x'.repeat(301) },
      { order: 'pause', projection: '../../etc' },
    ]) {
      const answer = await order(wrong);
      expect([wrong, answer]).toMatchObject([{}, { refused: 'invalid', name: 'order-invalid' }]);
      expect((answer as { zh: string }).zh).toMatch(/^命令有误：.*。$/);
    }
    expect(await order({ order: 'resume' })).toMatchObject({ refused: 'conflict', name: 'not-paused' });
    await order({ order: 'pause', reason: '磁盘维护' });
    expect(await order({ order: 'pause' })).toMatchObject({ refused: 'conflict', name: 'paused-already' });
    expect(await order({ order: 'rebuild' })).toMatchObject({ refused: 'conflict', name: 'projection-paused' });
    await order({ order: 'resume', reason: '维护完毕' });
    expect(await ordered(subject)).toEqual([
      { projection: 'tallies', order: 'pause', reason: '磁盘维护' },
      { projection: 'tallies', order: 'resume', reason: '维护完毕' },
    ]);
  },
};
