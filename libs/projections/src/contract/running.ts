import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { StoredEvent } from '#event-store';
import { censusOf, ofTypes } from '../census.js';
import { DocCache } from '../doc-cache.js';
import { fold } from '../fold.js';
import { follow } from '../follower.js';
import { generationAt, positionOf, tallyOf } from '../generations.js';
import type { Projection } from '../projection.js';
import { leaseOf, type Ref, StaleFence } from '../read-store.js';
import { seizeLease } from '../lease.js';
import { differences } from '../tally.js';
import type { Assertion, Subject } from './grounds.js';
import { modelOf } from './model.js';
import { activeOf, live, seenDocs, tallies, totals, untilSo } from './rebuilding-views.js';

export async function logOf({ store }: Pick<Subject, 'store'>): Promise<StoredEvent[]> {
  return (await store.readAll({ after: 0, limit: 1_000_000 })).events;
}

/** `count` steps on `keys` streams, some of them removals and some of no concern. */
export async function steps(subject: Subject, count: number, keys = 5): Promise<void> {
  for (let index = 0; index < count; index++) {
    const type = index % 11 === 7 ? 'Removed' : index % 7 === 3 ? 'Other' : 'Added';
    await subject.append(`test.tally-${(index * 7) % keys}`, type, { by: 1 + (index % 3) });
  }
}

/** Everything a generation keeps, removed documents too, whoever sees it. */
async function kept(subject: Subject, projection: Projection, at: Ref): Promise<string> {
  const ids = [...new Set((await logOf(subject)).map(({ stream }) => stream))].sort();
  const found = await subject.readStore.read(projection, at, 'tallies', ids);
  return JSON.stringify(ids.map(id => found.get(id) ?? null));
}

/** Every event of its types is accounted for, up to where it stands. */
async function complete(subject: Subject, projection: Projection, at: Ref): Promise<void> {
  const generation = await generationAt(subject.readStore, at);
  const stored = ofTypes(await censusOf(subject.store).at(positionOf(generation)), projection.events);
  expect(differences(stored, tallyOf(generation))).toEqual([]);
}

async function inParts(subject: Subject, at: Ref, parts: number, upTo: number): Promise<void> {
  const context = subject.context({ limits: { pageEvents: 7, retryMs: [1] } });
  const followers = Array.from({ length: parts }, (_, part) => follow(context, tallies, at, { part, parts, upTo }));
  await Promise.all(followers.map(({ ended }) => ended));
}

export const running: Record<string, Assertion> = {
  'PR-01 PR-05 what is seen is the fold of the log, counters too, in pages of any size, of which any number is stored together, stopped and gone on with anywhere':
    async subject => {
      const step = fc.tuple(
        fc.constantFrom('Added', 'Added', 'Added', 'Removed', 'Other'),
        fc.nat({ max: 3 }),
        fc.nat({ max: 9 }),
      );
      const size = fc.constantFrom(1, 2, 3, 10, 1_000);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), size, size, async (some, pageEvents, batchEvents) => {
          for (const [type, key, by] of some) await subject.append(`test.tally-${key}`, type, { by });
          const at = await live(subject, tallies).then(({ projection, generation }) => ({ projection, generation }));
          for (const [type, key, by] of some) await subject.append(`test.tally-${key}`, type, { by });
          const head = await subject.store.head();
          await follow(subject.context({ limits: { pageEvents, batchEvents } }), tallies, at, { upTo: head }).ended;
          expect((await seenDocs(subject, tallies))['tallies']).toEqual(modelOf(await logOf(subject)));
          await complete(subject, tallies, at);
        }),
        { numRuns: 12 },
      );
    },

  'PR-03 a step whose checkpoint is refused leaves documents and checkpoint as they were': async subject => {
    await steps(subject, 30);
    const { projection, generation } = await live(subject, tallies);
    const at = { projection, generation };
    const before = await kept(subject, tallies, at);
    const position = positionOf(await generationAt(subject.readStore, at));
    const late = {
      collection: 'tallies',
      id: 'test.tally-1',
      key: 'test.tally-1',
      position: 3,
      doc: { id: 'test.tally-1', total: 99 },
    };
    await expect(
      subject.readStore.commit(tallies, at, {
        part: 0,
        fence: 99,
        from: position - 1,
        to: position + 1,
        writes: [late],
        tally: {},
      }),
    ).rejects.toBeInstanceOf(StaleFence);
    expect(await kept(subject, tallies, at)).toBe(before);
    await steps(subject, 10);
    await live(subject, tallies);
    expect((await seenDocs(subject, tallies))['tallies']).toEqual(modelOf(await logOf(subject)));
  },

  'PR-04 PR-05 events that were applied change nothing when they are met again, however far back they begin': async subject => {
    await steps(subject, 40);
    const at = await live(subject, tallies);
    const sums = await live(subject, totals);
    const log = (await logOf(subject)).filter(({ type }) => tallies.events.includes(type));
    const before = [await kept(subject, tallies, at), await seenDocs(subject, totals)];
    for (const from of [0, 7, log.length - 1]) {
      const again = log.slice(from).map(event => ({ event, key: event.stream }));
      const all = log.slice(from).map(event => ({ event, key: 'all' }));
      const cache = () => new DocCache({ docs: 100, bytes: 100_000 });
      for (const [projection, place, events] of [
        [tallies, at, again],
        [totals, sums, all],
      ] as const) {
        const held = cache();
        await fold(subject.readStore, projection, place, events, held);
        expect(held.take()).toEqual([]);
      }
    }
    expect([await kept(subject, tallies, at), await seenDocs(subject, totals)]).toEqual(before);
  },

  'PR-06 a checkpoint never goes back, and never past an event that was not applied': async subject => {
    await steps(subject, 20);
    const at = (await subject.readStore.create(tallies, { parts: 1, goal: 20, state: 'active' }))!;
    const seen: number[] = [];
    const watched: Projection = {
      ...tallies,
      onFailure: 'stop',
      project(event) {
        if (event.position === 15) throw new Error('cannot digest');
        return tallies.project(event);
      },
    };
    const stores = subject.context({ limits: { pageEvents: 4, retryMs: [1, 1], blockedRetryMs: 20 } });
    const follower = follow(stores, watched, at, { moved: position => void seen.push(position) });
    await untilSo(() => follower.status().state === 'blocked');
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(follower.status()).toMatchObject({ state: 'blocked', position: 14 });
    await follower.stop();
    const mended = follow(stores, tallies, at, { moved: position => void seen.push(position), upTo: 20 });
    await mended.ended;
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen).toContain(14);
    expect((await seenDocs(subject, tallies))['tallies']).toEqual(modelOf(await logOf(subject)));
    await complete(subject, tallies, at);
  },

  'PR-10 events of one key are applied in order, and the documents are the same, in one part, in two and in eight':
    async subject => {
      await steps(subject, 150, 20);
      const head = await subject.store.head();
      const model = modelOf(await logOf(subject));
      for (const parts of [1, 2, 8]) {
        const at = (await subject.readStore.create(tallies, { parts, goal: head, state: 'building' }))!;
        await inParts(subject, at, parts, head);
        const docs = await subject.readStore.page(tallies, at, 'tallies', null, 1_000);
        expect(docs.map(({ doc }) => doc)).toEqual(model);
        await complete(subject, tallies, at);
        await subject.readStore.drop(at);
      }
    },

  'PR-11 another number of parts between two runs loses nothing and repeats nothing': async subject => {
    await steps(subject, 150, 20);
    const head = await subject.store.head();
    const at = (await subject.readStore.create(tallies, { parts: 2, goal: head, state: 'building' }))!;
    let parts = 2;
    for (const [next, upTo] of [
      [8, 40],
      [1, 90],
      [3, 110],
      [1, head],
    ] as const) {
      await inParts(subject, at, parts, upTo);
      const terms = { owner: 'contract', ttlMs: 1_000, now: () => new Date() };
      const lease = await seizeLease(subject.readStore, leaseOf(at, 0), terms);
      expect(await subject.readStore.repart(at, next, lease.fence)).toBe(true);
      await lease.release();
      parts = next;
    }
    const docs = await subject.readStore.page(tallies, at, 'tallies', null, 1_000);
    expect(docs.map(({ doc }) => doc)).toEqual(modelOf(await logOf(subject)));
    await complete(subject, tallies, at);
  },

  'PR-12 a projection with nothing to do is at the head': async subject => {
    const at = (await subject.readStore.create(tallies, { parts: 1, goal: 0, state: 'active' }))!;
    const follower = follow(subject.context(), tallies, at);
    await subject.append('test.other-1', 'Other');
    const { position } = await subject.append('test.other-2', 'Other');
    await untilSo(async () => positionOf(await activeOf(subject.readStore, tallies)) === position);
    expect(follower.status()).toMatchObject({ state: 'following', position, events: 0 });
    await follower.stop();
  },

  'PR-47 a projection writes its own documents only, whatever they are called': async subject => {
    await steps(subject, 20);
    const namesake: Projection = {
      ...totals,
      name: 'namesake',
      collections: { totals: { indexes: [] }, tallies: { indexes: [] } },
    };
    await live(subject, tallies);
    await live(subject, totals);
    const before = [await seenDocs(subject, tallies), await seenDocs(subject, totals)];
    await live(subject, namesake);
    expect([await seenDocs(subject, tallies), await seenDocs(subject, totals)]).toEqual(before);
    expect((await seenDocs(subject, namesake))['tallies']).toEqual([]);
    const meddling: Projection = {
      ...totals,
      name: 'meddling',
      project: event => [{ collection: 'tallies', id: event.stream, apply: () => ({ id: event.stream }) }],
    };
    await expect(live(subject, meddling)).rejects.toThrow('meddling has no collection tallies');
    const borrowing: Projection = {
      ...tallies,
      name: 'borrowing',
      project: event => [{ ...tallies.project(event)[0]!, id: 'one' }],
    };
    // A document of two keys would depend on which of them is applied first.
    await expect(live(subject, { ...borrowing, onFailure: 'stop' })).rejects.toThrow(/tallies one belongs to test\.tally-/);
    expect([await seenDocs(subject, tallies), await seenDocs(subject, totals)]).toEqual(before);
  },

  'PR-48 a projection run a year later gives the same bytes: it sees no clock but the events’ own': async subject => {
    await steps(subject, 40);
    const found: string[] = [];
    for (const year of [2013, 2014]) {
      const head = await subject.store.head();
      const at = (await subject.readStore.create(tallies, { parts: 1, goal: head, state: 'building' }))!;
      await follow(subject.context({ now: () => new Date(`${year}-04-20T00:00:00Z`) }), tallies, at, { upTo: head }).ended;
      found.push(await kept(subject, tallies, at));
      await subject.readStore.drop(at);
    }
    expect(found[1]).toBe(found[0]);
  },
};
