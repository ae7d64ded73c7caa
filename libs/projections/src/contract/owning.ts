import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { build } from '../build.js';
import { follow } from '../follower.js';
import { generationAt, positionOf } from '../generations.js';
import { runProjection } from '../projection-runner.js';
import { GenerationGone, leaseOf } from '../read-store.js';
import { verify } from '../verify.js';
import type { Assertion, Subject } from './grounds.js';
import { modelOf } from './model.js';
import { activeOf, live, operator, seenDocs, tallies, untilSo } from './rebuilding-views.js';
import type { Running } from './running-process.js';
import { logOf, steps } from './running.js';

const program = fileURLToPath(new URL('./running-process.js', import.meta.url));
let processes = 0;

interface Child {
  owner: string;
  send(signal: NodeJS.Signals): void;
  gone: Promise<unknown>;
}

/** A process of its own, that runs `tallies`. */
function started(subject: Subject, more: Partial<Running> = {}): Child {
  const { eventsFile, fixture } = subject;
  const owner = `child-${process.pid}-${++processes}`;
  const running: Running = { eventsFile, opener: fixture.opener, owner, leaseMs: 1_500, ...more };
  const child: ChildProcess = fork(program, [JSON.stringify(running)], { execArgv: [] });
  return { owner, send: signal => void child.kill(signal), gone: once(child, 'exit') };
}

const ownerOf = async ({ readStore }: Subject) => (await readStore.lease(leaseOf(await activeOf(readStore, tallies), 0)))?.owner;
const ownedBy = (subject: Subject, owner: string) =>
  untilSo(async () => (await subject.readStore.generations()).length > 0 && (await ownerOf(subject)) === owner, 60_000);
const atHead = async (subject: Subject) => {
  const head = await subject.store.head();
  await untilSo(async () => positionOf(await activeOf(subject.readStore, tallies)) === head, 60_000);
};
const holdsTheLog = async (subject: Subject) => {
  expect((await seenDocs(subject, tallies))['tallies']).toEqual(modelOf(await logOf(subject)));
  expect(await verify(subject, tallies, await activeOf(subject.readStore, tallies))).toMatchObject({ passed: true });
};

export const owning: Record<string, Assertion> = {
  'PR-02 a process killed in the middle of an event or of anything else, again and again, leaves what is seen the fold of the log':
    async subject => {
      for (const [round, at] of [1, 3, 8, undefined, 10, undefined].entries()) {
        const falls = at === undefined ? {} : { falls: { at, signal: 'SIGKILL' as const } };
        const child = started(subject, { leaseMs: 300, pageEvents: 1 + (round % 3), ...falls });
        // Ten of them concern it, so that the tenth is always met.
        await steps(subject, 12);
        if (at === undefined) {
          await ownedBy(subject, child.owner);
          await new Promise(resolve => setTimeout(resolve, 20 * round));
          child.send('SIGKILL');
        }
        await child.gone;
      }
      const runner = runProjection(subject.context({ leaseMs: 300 }), tallies);
      expect(await runner.waitFor(await subject.store.head(), 60_000)).toBe(true);
      await runner.stop();
      await holdsTheLog(subject);
    },

  'PR-08 of two processes one runs a projection; the other takes over soon after it was killed, and at once after it was stopped':
    async subject => {
      const leaseMs = 1_500;
      const first = started(subject, { leaseMs });
      await ownedBy(subject, first.owner);
      const second = started(subject, { leaseMs });
      await steps(subject, 20);
      await atHead(subject);
      await new Promise(resolve => setTimeout(resolve, 2 * leaseMs));
      expect(await ownerOf(subject)).toBe(first.owner);
      first.send('SIGKILL');
      await first.gone;
      const died = performance.now();
      await steps(subject, 20);
      await ownedBy(subject, second.owner);
      // Its last beat was a third of the lease ago, at most.
      expect(performance.now() - died).toBeGreaterThan(leaseMs / 2);
      await atHead(subject);
      const third = started(subject, { leaseMs: 600_000 });
      second.send('SIGTERM');
      await second.gone;
      await ownedBy(subject, third.owner);
      await steps(subject, 5);
      await atHead(subject);
      third.send('SIGTERM');
      await third.gone;
      await holdsTheLog(subject);
    },

  'PR-09 a process that was asleep in the middle of a page writes nothing once another has taken its place': async subject => {
    await steps(subject, 30);
    const sleeper = started(subject, { leaseMs: 700, pageEvents: 10, falls: { at: 15, signal: 'SIGSTOP' } });
    await ownedBy(subject, sleeper.owner);
    const context = subject.context({ leaseMs: 700 });
    const runner = runProjection(context, tallies);
    await ownedBy(subject, context.owner);
    await steps(subject, 30);
    await atHead(subject);
    const { fence } = (await activeOf(subject.readStore, tallies)).checkpoints[0]!;
    sleeper.send('SIGCONT');
    for (let index = 0; index < 10; index++) {
      await steps(subject, 3);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    await atHead(subject);
    expect(await ownerOf(subject)).toBe(context.owner);
    expect((await activeOf(subject.readStore, tallies)).checkpoints[0]!.fence).toBe(fence);
    await holdsTheLog(subject);
    await runner.stop();
    // It lives, and waits for its turn.
    await ownedBy(subject, sleeper.owner);
    await steps(subject, 5);
    await atHead(subject);
    sleeper.send('SIGTERM');
    await sleeper.gone;
    await holdsTheLog(subject);
  },

  'PR-07 of two who take each other for dead only one moves the checkpoint': async subject => {
    const at = (await subject.readStore.create(tallies, { parts: 1, goal: 0, state: 'active' }))!;
    const others = await subject.anotherReadStore();
    // So short a lease that both lose it all the time.
    const limits = { pageEvents: 3, retryMs: [1] };
    const both = [subject.readStore, others].map(readStore =>
      follow(subject.context({ readStore, leaseMs: 8, limits }), tallies, at),
    );
    await steps(subject, 120);
    await atHead(subject);
    for (const follower of both) await follower.stop();
    await holdsTheLog(subject);
  },

  'PR-37 a pause takes effect after the page at hand, stays over a restart, and ends where it began': async subject => {
    const count = 600;
    await steps(subject, count);
    const at = (await subject.readStore.create(tallies, { parts: 1, goal: count, state: 'active' }))!;
    const context = subject.context({ limits: { pageEvents: 2 } });
    const position = async () => positionOf(await generationAt(subject.readStore, at));
    const { order } = operator(subject, [tallies]);
    let paused: Promise<unknown> | undefined;
    const moved = (reached: number) => void (reached >= 10 && (paused ??= order({ order: 'pause' })));
    const follower = follow(context, tallies, at, { moved });
    await untilSo(() => follower.status().state === 'paused');
    await paused;
    const stood = await position();
    expect(stood).toBeLessThan(count);
    await steps(subject, 5);
    await follower.stop();
    const next = follow(context, tallies, at);
    await untilSo(() => next.status().state === 'paused');
    await new Promise(resolve => setTimeout(resolve, 300));
    expect(await position()).toBe(stood);
    await order({ order: 'resume' });
    await atHead(subject);
    await next.stop();
    await holdsTheLog(subject);
  },

  'PR-37 a pause holds a build still whatever state it is in; one that is dropped meanwhile ends': async subject => {
    await steps(subject, 10);
    await live(subject, tallies);
    const { order } = operator(subject, [tallies]);
    for (const dropped of [false, true]) {
      const { generation } = await build(subject.context(), tallies, { hold: true });
      await subject.readStore.move(generation, ['ready'], 'verifying');
      await order({ order: 'pause' });
      const building = build(subject.context(), tallies, { generation: generation.generation });
      const ended = building.then(
        ({ generation: { state } }) => state,
        (error: unknown) => error,
      );
      await new Promise(resolve => setTimeout(resolve, 500));
      expect(await generationAt(subject.readStore, generation)).toMatchObject({ state: 'verifying' });
      if (dropped) await order({ order: 'drop', generation: generation.generation });
      else await order({ order: 'resume' });
      expect(await ended).toEqual(dropped ? expect.any(GenerationGone) : 'ready');
      if (!dropped) await order({ order: 'drop', generation: generation.generation });
    }
  },

  'PR-38 whoever is stopped finishes the page at hand; its checkpoint is right, and its place is free at once': async subject => {
    await steps(subject, 200);
    const at = (await subject.readStore.create(tallies, { parts: 1, goal: 200, state: 'active' }))!;
    let stopping: Promise<void> | undefined;
    const context = subject.context({ limits: { pageEvents: 7 }, leaseMs: 600_000 });
    const follower = follow(context, tallies, at, {
      moved: position => void (position > 50 && (stopping ??= follower.stop())),
    });
    await follower.ended;
    await stopping;
    const { position } = follower.status();
    expect(position).toBeGreaterThan(50);
    expect(position).toBeLessThan(200);
    expect(positionOf(await generationAt(subject.readStore, at))).toBe(position);
    const log = await logOf(subject);
    expect((await seenDocs(subject, tallies))['tallies']).toEqual(modelOf(log.slice(0, position)));
    expect(await subject.readStore.lease(leaseOf(at, 0))).toMatchObject({ owner: null });
    // With a lease of ten minutes it would not get it so soon from one that had died.
    await follow(subject.context({ leaseMs: 600_000 }), tallies, at, { upTo: 200 }).ended;
    await holdsTheLog(subject);
  },
};
