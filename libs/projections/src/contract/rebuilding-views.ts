import type { StoredEvent } from '#event-store';
import { follow, type Follower } from '../follower.js';
import { activeIn, generationsOf } from '../generations.js';
import { operate, type Doing, type Outcome } from '../operate.js';
import type { Operations } from '../operations.js';
import type { Doc, Projection, View } from '../projection.js';
import { type Generation, GenerationGone, type GenerationState, type ReadStore } from '../read-store.js';
import type { Refusal } from '#contracts';
import { digests, type Subject } from './grounds.js';

/** One document per stream, which tells how often it was added to, and by which events in which order. */
export const tallies: Projection = {
  name: 'tallies',
  version: 1,
  collections: { tallies: { indexes: [['total'], ['v', 'total']], text: ['title'] } },
  events: ['Added', 'Removed'],
  onFailure: 'park',
  project: event => [tallied(event)],
};

/** The same as one document over all streams, as the annual report is one. */
export const totals: Projection = {
  name: 'totals',
  version: 1,
  collections: { totals: { indexes: [] } },
  events: ['Added', 'Removed'],
  key: () => 'all',
  project: ({ type, data, position }) => [
    {
      collection: 'totals',
      id: type,
      apply: before => ({ id: type, sum: ((before?.['sum'] as number) ?? 0) + ((data['by'] as number) ?? 1), last: position }),
    },
  ],
};

function tallied({ type, data, stream, revision }: StoredEvent) {
  return {
    collection: 'tallies',
    id: stream,
    apply: (before: Doc | null): Doc | null =>
      type === 'Removed'
        ? null
        : {
            id: stream,
            v: 1,
            title: data['title'] ?? '芦山',
            total: ((before?.['total'] as number) ?? 0) + ((data['by'] as number) ?? 1),
            order: [...((before?.['order'] as number[]) ?? []), revision],
          },
  };
}

/** A program that cannot digest some events; the next one can. */
export function failing(projection: Projection, fails: (event: StoredEvent) => boolean): Projection {
  return {
    ...projection,
    project(event) {
      if (fails(event)) throw new Error(`cannot digest ${event.stream} ${event.revision}`);
      return projection.project(event);
    },
  };
}

export async function untilSo(condition: () => Promise<boolean> | boolean, withinMs = 30_000): Promise<void> {
  const until = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`not so within ${withinMs} ms: ${condition.toString()}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** The projection has run: a generation that readers see, at the head, which nobody follows now. */
export async function live(subject: Subject, projection: Projection): Promise<Generation> {
  const { readStore, store } = subject;
  const known = activeIn(await generationsOf(readStore, projection.name));
  const at = known ?? (await readStore.create(projection, { parts: 1, goal: await store.head(), state: 'active' }))!;
  await follow(subject.context(), projection, at, { upTo: await store.head(), onBlocked: 'fail' }).ended;
  return activeOf(readStore, projection);
}

/** A process that follows what readers see, what they saw before, and what is ready to be seen, until stopped. */
export function following(
  subject: Subject,
  projection: Projection,
  states: readonly GenerationState[] = ['active', 'ready', 'retiring'],
): { stop(): Promise<void> } {
  const context = subject.context();
  const followers = new Map<number, Follower>();
  let stopped = false;
  const looking = (async () => {
    while (!stopped) {
      for (const one of await generationsOf(context.readStore, projection.name)) {
        const ours = one.version === projection.version && states.includes(one.state);
        if (ours && !followers.has(one.generation)) followers.set(one.generation, follow(context, projection, one));
      }
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await looking;
      await Promise.all([...followers.values()].map(follower => follower.stop()));
    },
  };
}

export async function activeOf(readStore: ReadStore, { name }: Projection): Promise<Generation> {
  const active = activeIn(await generationsOf(readStore, name));
  if (!active) throw new Error(`${name} has no active generation`);
  return active;
}

/** What a reader does: takes what is active, and again where that was dropped under its hands. */
export async function seen<T>(subject: Subject, projection: Projection, ask: (view: View) => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask(subject.readStore.view(projection, await activeOf(subject.readStore, projection)));
    } catch (error) {
      if (!(error instanceof GenerationGone)) throw error;
    }
  }
}

/** Every document of every collection, as readers or an as-of view give them. */
export async function allDocs(view: View, projection: Projection): Promise<Record<string, Doc[]>> {
  const found: Record<string, Doc[]> = {};
  for (const collection of Object.keys(projection.collections))
    found[collection] = (await view.find<Doc>(collection, { limit: 100_000 })).items;
  return found;
}

export const seenDocs = (subject: Subject, projection: Projection) =>
  seen(subject, projection, view => allDocs(view, projection));

let commands = 0;

/** An operator with a program that knows these projections. */
export function operator(subject: Subject, projections: readonly Projection[], more: Partial<Operations> = {}) {
  const operations: Operations = {
    ...subject.context(),
    store: subject.store,
    projections,
    digests,
    today: () => '2013-05-01',
    ...more,
  };
  return {
    operations,
    order: (asked: object, doing: Doing & { commandId?: string } = {}): Promise<Outcome | Refusal> =>
      operate(
        operations,
        { projection: projections[0]!.name, reason: '演练', ...asked },
        { person: 'operator:li', name: '李', correlationId: 'c', commandId: doing.commandId ?? `order-${++commands}` },
        doing,
      ),
  };
}

/** Orders in the log, in order. */
export async function ordered({ store }: Subject): Promise<Doc[]> {
  const { events } = await store.readAll({ after: 0, limit: 1_000_000, types: ['ProjectionOrdered'] });
  return events.map(({ data }) => data);
}
