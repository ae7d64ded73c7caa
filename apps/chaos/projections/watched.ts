import type { Projection, ReadStore } from '#projections';
import { at, report } from './falls.js';

type State = Awaited<ReturnType<ReadStore['generations']>>[number]['state'];
type Ref = Parameters<ReadStore['drop']>[0];

const keyOf = ({ projection, generation }: Ref) => `${projection}/${generation}`;

/** The store as it is, but for a place to fall around each step of a rebuild; every checkpoint is told once it is there. */
export function watched(store: ReadStore): ReadStore {
  const states = new Map<string, State>();
  const isIn = (ref: Ref, state: State) => states.get(keyOf(ref)) === state;
  return {
    ...store,
    async generations() {
      const all = await store.generations();
      for (const one of all) states.set(keyOf(one), one.state);
      return all;
    },
    async create(projection, wanted) {
      const made = await store.create(projection, wanted);
      if (made?.state === 'building') at('after-create');
      return made;
    },
    async move(ref, from, to, note) {
      const steps = to === 'catching-up' || to === 'verifying' || to === 'ready';
      if (steps) at(`before-${to}`);
      const moved = await store.move(ref, from, to, note);
      if (moved) states.set(keyOf(ref), to);
      if (moved && (to === 'catching-up' || to === 'ready')) at(`after-${to}`);
      return moved;
    },
    async finish(projection, ref) {
      at('before-finish');
      await store.finish(projection, ref);
      at('after-finish');
    },
    async activate(ref, from) {
      at('before-switch');
      const switched = await store.activate(ref, from);
      at('after-switch');
      return switched;
    },
    async read(projection, ref, collection, ids) {
      if (isIn(ref, 'verifying')) at('while-verifying');
      return store.read(projection, ref, collection, ids);
    },
    async commit(projection, ref, batch) {
      if (isIn(ref, 'building')) at('while-building');
      await store.commit(projection, ref, batch);
      report({ projection: ref.projection, generation: ref.generation, position: batch.to });
    },
  };
}

/** The projection as it is, but for a place to fall between events and in the middle of one. */
export function interrupted(projection: Projection): Projection {
  return {
    ...projection,
    project(event) {
      at('between-events');
      return projection.project(event).map((change, index) => ({
        ...change,
        apply(before) {
          if (index > 0) at('within-event');
          return change.apply(before);
        },
      }));
    },
  };
}
