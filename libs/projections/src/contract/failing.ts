import { expect } from '@jest/globals';
import { openSqliteEventStore, type StoredEvent, versioned } from '#event-store';
import { openDatabase } from '#sqlite';
import { follow } from '../follower.js';
import { generationAt, positionOf, tallyOf } from '../generations.js';
import type { Projection } from '../projection.js';
import { runProjection } from '../projection-runner.js';
import type { Ref } from '../read-store.js';
import { eventsIn } from '../tally.js';
import { type Assertion, type Subject, types } from './grounds.js';
import { modelOf } from './model.js';
import { activeOf, failing as cannot, live, seenDocs, tallies, untilSo } from './rebuilding-views.js';
import { logOf } from './running.js';

const stopping: Projection = { ...tallies, onFailure: 'stop' };
/** In turns on three streams, so that position 1 is a's, 2 b's, 3 c's, 4 a's … */
async function turns(subject: Subject, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await subject.append(`test.tally-${'abc'[index % 3]!}`, 'Added');
}
const begun = async ({ readStore }: Subject): Promise<Ref> =>
  (await readStore.create(tallies, { parts: 1, goal: 0, state: 'active' }))!;
const lettersOf = async ({ readStore }: Subject) =>
  (await readStore.deadLetters()).map(({ position, state }) => `${position} ${state}`);
const docsWithout = async (subject: Subject, left: (event: StoredEvent) => boolean) =>
  modelOf((await logOf(subject)).filter(event => !left(event)));
const docs = async (subject: Subject) => (await seenDocs(subject, tallies))['tallies'];

/** Another program takes the log's table away, and gives it back. */
async function renameEvents(subject: Subject, from: string, to: string): Promise<void> {
  const db = await openDatabase(subject.eventsFile, { durability: 'full' });
  db.exec(`PRAGMA busy_timeout = 10000; ALTER TABLE ${from} RENAME TO ${to}`);
  db.close();
}

export const failing: Record<string, Assertion> = {
  'PR-15 an event that fails for a while is tried again, and then everything goes on in order': async subject => {
    await turns(subject, 9);
    let failures = 0;
    const troubled: Projection = {
      ...stopping,
      project(event) {
        if (event.position === 5 && failures < 3) {
          failures++;
          throw new Error('not now');
        }
        return tallies.project(event);
      },
    };
    const context = subject.context({ limits: { retryMs: [20, 40, 80], blockedRetryMs: 60_000 } });
    const from = performance.now();
    const follower = follow(context, troubled, await begun(subject), { upTo: 9 });
    await follower.ended;
    expect(performance.now() - from).toBeGreaterThan(130);
    expect(failures).toBe(3);
    expect(follower.status()).toMatchObject({ retries: 3, events: 9, position: 9 });
    expect(await docs(subject)).toEqual(modelOf(await logOf(subject)));
    expect(await lettersOf(subject)).toEqual([]);
  },

  'PR-15 what a failing event has half changed is not kept': async subject => {
    await turns(subject, 9);
    let failures = 0;
    const half: Projection = {
      ...stopping,
      project: event => [
        {
          collection: 'tallies',
          id: event.stream,
          apply(before) {
            const doc = tallies.project(event)[0]!.apply(before);
            if (event.position !== 8 || failures++ > 1) return doc;
            Object.assign(before!, { total: 99 });
            throw new Error('half way');
          },
        },
      ],
    };
    await follow(subject.context(), half, await begun(subject), { upTo: 9 }).ended;
    expect(await docs(subject)).toEqual(modelOf(await logOf(subject)));
  },

  'PR-16 PR-18 PR-22 an event that fails for good stops its projection, which says so and waits: nothing is skipped':
    async subject => {
      await turns(subject, 9);
      const { onFailure: _, ...byDefault } = tallies;
      const at = await begun(subject);
      const now = new Date('2013-04-20T08:00:00Z');
      const follower = follow(
        subject.context({ now: () => now }),
        cannot(byDefault, ({ position }) => position === 5),
        at,
      );
      await untilSo(() => follower.status().state === 'blocked');
      expect(follower.status()).toMatchObject({ position: 4, error: 'cannot digest test.tally-b 1' });
      expect(await docs(subject)).toEqual(modelOf((await logOf(subject)).slice(0, 4)));
      const [letter] = await subject.readStore.deadLetters();
      expect(letter).toEqual({
        projection: 'tallies',
        generation: at.generation,
        version: 1,
        position: 5,
        key: 'test.tally-b',
        stream: 'test.tally-b',
        revision: 1,
        type: 'Added',
        eventId: 'e5',
        state: 'blocking',
        error: 'cannot digest test.tally-b 1',
        attempts: expect.any(Number) as unknown,
        firstAt: now.toISOString(),
        lastAt: now.toISOString(),
      });
      expect(letter!.attempts).toBeGreaterThanOrEqual(3);
      await untilSo(async () => (await subject.readStore.deadLetters())[0]!.attempts > letter!.attempts);
      expect(positionOf(await generationAt(subject.readStore, at))).toBe(4);
      await follower.stop();
      const mended = follow(subject.context({ now: () => new Date('2013-04-21T08:00:00Z') }), byDefault, at, { upTo: 9 });
      await mended.ended;
      expect(await docs(subject)).toEqual(modelOf(await logOf(subject)));
      expect(await subject.readStore.deadLetters()).toMatchObject([
        { position: 5, state: 'applied', firstAt: now.toISOString(), lastAt: '2013-04-21T08:00:00.000Z' },
      ]);
    },

  'PR-16 PR-17 a parked key waits, its later events in order behind it, also over a restart; others go on': async subject => {
    await turns(subject, 9);
    const broken = cannot(tallies, ({ position }) => position === 5);
    const at = await begun(subject);
    const context = subject.context({ limits: { pageEvents: 4, retryMs: [1, 1] } });
    await follow(context, broken, at, { upTo: 9 }).ended;
    expect(await lettersOf(subject)).toEqual(['5 parked', '8 waiting']);
    await turns(subject, 9);
    // Mended or not: what waits is applied when an operator says so.
    const next = follow(context, tallies, at);
    await untilSo(() => next.status().position === 18);
    await next.stop();
    expect(await lettersOf(subject)).toEqual(['5 parked', '8 waiting', '11 waiting', '14 waiting', '17 waiting']);
    expect(await docs(subject)).toEqual(
      await docsWithout(subject, ({ stream, position }) => stream === 'test.tally-b' && position > 4),
    );
    // All are accounted for, so that the lag is none.
    expect(eventsIn(tallyOf(await generationAt(subject.readStore, at)))).toBe(18);
    expect((await subject.readStore.deadLetters({ states: ['waiting'] }))[0]).toMatchObject({ error: '', attempts: 0 });
  },

  'PR-17 keys that fail one after the other in one page are each parked at their own event': async subject => {
    await turns(subject, 12);
    const at = await begun(subject);
    await follow(
      subject.context(),
      cannot(tallies, ({ position }) => [2, 6, 8].includes(position)),
      at,
      { upTo: 12 },
    ).ended;
    expect(await lettersOf(subject)).toEqual([
      '2 parked',
      '5 waiting',
      '6 parked',
      '8 waiting',
      '9 waiting',
      '11 waiting',
      '12 waiting',
    ]);
    expect(await docs(subject)).toEqual(
      await docsWithout(
        subject,
        ({ stream, position }) => (stream === 'test.tally-b' && position >= 2) || (stream === 'test.tally-c' && position >= 6),
      ),
    );
  },

  'PR-17 PR-22 where several pages are stored together, nothing before an event that fails is lost with it': async subject => {
    await turns(subject, 30);
    const limits = { pageEvents: 3, batchEvents: 10, retryMs: [1, 1] };
    const stored: number[] = [];
    const moved = (position: number, events: number) => void (events > 0 && stored.push(position));
    const at = await begun(subject);
    const parking = cannot(tallies, ({ position }) => [8, 18, 19, 24].includes(position));
    await follow(subject.context({ limits }), parking, at, { upTo: 30, moved }).ended;
    expect(await lettersOf(subject)).toEqual(
      [8, 11, 14, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30].map(
        position => `${position} ${[8, 18, 19].includes(position) ? 'parked' : 'waiting'}`,
      ),
    );
    const behind = (stream: string) => ({ 'test.tally-a': 19, 'test.tally-b': 8, 'test.tally-c': 18 })[stream]!;
    expect(await docs(subject)).toEqual(await docsWithout(subject, ({ stream, position }) => position >= behind(stream)));
    expect(eventsIn(tallyOf(await generationAt(subject.readStore, at)))).toBe(30);

    // Without a failure they are indeed stored together; and one at which the projection stands leaves all before it.
    stored.length = 0;
    const again = (await subject.readStore.create(stopping, { parts: 1, goal: 30, state: 'building' }))!;
    await expect(
      follow(
        subject.context({ limits }),
        cannot(stopping, ({ position }) => position === 29),
        again,
        { upTo: 30, onBlocked: 'fail', moved },
      ).ended,
    ).rejects.toThrow('position 29');
    expect(stored).toEqual([12, 24, 27, 28]);
    expect(positionOf(await generationAt(subject.readStore, again))).toBe(28);
    await follow(subject.context({ limits }), stopping, again, { upTo: 30 }).ended;
    await subject.readStore.finish(stopping, again);
    await subject.readStore.activate(again, ['building']);
    expect(await docs(subject)).toEqual(modelOf(await logOf(subject)));
  },

  'PR-16 PR-20 an event left out is left out alone, for the reason that the projection states': async subject => {
    await turns(subject, 9);
    const broken = cannot({ ...tallies, onFailure: { skip: '旧系统的测试数据' } }, ({ position }) => position === 5);
    await follow(subject.context(), broken, await begun(subject), { upTo: 9 }).ended;
    expect(await subject.readStore.deadLetters()).toMatchObject([
      { position: 5, state: 'skipped', by: 'tallies', reason: '旧系统的测试数据', error: 'cannot digest test.tally-b 1' },
    ]);
    expect(await docs(subject)).toEqual(await docsWithout(subject, ({ position }) => position === 5));
  },

  'PR-16 an event that only a newer program knows stops every projection, whatever it does with others, and is not lost':
    async subject => {
      await turns(subject, 4);
      const older = subject.context({
        store: versioned(await openSqliteEventStore(subject.eventsFile), { ...types, Added: { ...types.Added, version: 0 } }),
      });
      const at = await begun(subject);
      for (const onFailure of ['park', { skip: '无' }] as const) {
        const follower = follow(older, { ...tallies, onFailure }, at);
        await untilSo(() => follower.status().state === 'blocked');
        expect(follower.status()).toMatchObject({
          position: 0,
          error: expect.stringMatching(/请升级本程序.*upgrade/) as unknown,
        });
        expect(await lettersOf(subject)).toEqual(['1 blocking']);
        await follower.stop();
      }
      await older.store.close();
      await follow(subject.context(), tallies, at, { upTo: 4 }).ended;
      expect(await docs(subject)).toEqual(modelOf(await logOf(subject)));
    },

  'PR-21 a dead letter that cannot be stored stops the projection: nothing passes it': async subject => {
    await turns(subject, 9);
    const at = await begun(subject);
    let broken: Promise<void> | undefined;
    const poisoned: Projection = {
      ...tallies,
      project(event) {
        if (event.position !== 5) return tallies.project(event);
        broken ??= subject.fixture.breakOff();
        throw new Error('cannot digest');
      },
    };
    const context = subject.context({ limits: { retryMs: [50, 50, 50], pageEvents: 2 } });
    const follower = follow(context, poisoned, at);
    await untilSo(() => follower.status().state === 'failing');
    await broken;
    await new Promise(resolve => setTimeout(resolve, 300));
    expect(follower.status()).toMatchObject({ state: 'failing', position: 4 });
    await subject.fixture.mend();
    await untilSo(() => follower.status().position === 9, 120_000);
    await follower.stop();
    expect(await lettersOf(subject)).toEqual(['5 parked', '8 waiting']);
    expect(await docs(subject)).toEqual(
      await docsWithout(subject, ({ stream, position }) => stream === 'test.tally-b' && position > 4),
    );
  },

  'PR-43 while the views cannot be reached nothing is skipped and it is said; it goes on by itself': async subject => {
    const runner = runProjection(subject.context(), tallies);
    await turns(subject, 9);
    expect(await runner.waitFor(9, 30_000)).toBe(true);
    await subject.fixture.breakOff();
    await turns(subject, 9);
    await untilSo(() => runner.status().state === 'failed');
    expect(runner.status()).toMatchObject({ position: 9, error: expect.any(String) as unknown });
    await subject.fixture.mend();
    await untilSo(() => runner.status().position === 18 && runner.status().state === 'following', 120_000);
    expect(runner.status().error).toBeUndefined();
    expect(await docs(subject)).toEqual(modelOf(await logOf(subject)));
    // An outage is nobody's poison.
    expect(await lettersOf(subject)).toEqual([]);
    await runner.stop();
  },

  'PR-44 while the log cannot be read nothing is skipped and it is said; it goes on by itself': async subject => {
    await turns(subject, 9);
    await live(subject, tallies);
    await renameEvents(subject, 'events', 'gone');
    const runner = runProjection(subject.context({ limits: { pageEvents: 2 } }), tallies);
    await untilSo(() => runner.status().state === 'failed');
    expect(runner.status()).toMatchObject({ position: 9, error: expect.any(String) as unknown });
    // What was built is there to be read all the while.
    expect((await docs(subject))!.length).toBe(3);
    await renameEvents(subject, 'gone', 'events');
    await turns(subject, 9);
    await untilSo(() => runner.status().position === 18 && runner.status().state === 'following', 120_000);
    expect(await docs(subject)).toEqual(modelOf(await logOf(subject)));
    expect(await lettersOf(subject)).toEqual([]);
    await runner.stop();
  },

  'PR-44 an event whose payload cannot be read stops it there; those before it in its page are seen': async subject => {
    await turns(subject, 6);
    const db = await openDatabase(subject.eventsFile, { durability: 'full' });
    db.exec(
      "INSERT INTO events (stream, revision, id, type, version, data, metadata) VALUES ('test.tally-x', 0, 'x', 'Added', 1, '{\"half', '{}')",
    );
    db.close();
    await turns(subject, 3);
    const follower = follow(subject.context(), tallies, await begun(subject));
    await untilSo(() => follower.status().state === 'failing');
    expect(follower.status()).toMatchObject({
      position: 6,
      error: expect.stringContaining('test.tally-x revision 0') as unknown,
    });
    expect(positionOf(await activeOf(subject.readStore, tallies))).toBe(6);
    await follower.stop();
  },
};
