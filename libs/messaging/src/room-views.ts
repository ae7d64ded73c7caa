import { refuse, type Refusal } from '#contracts';
import { type EventStore, StoreUnavailable } from '#event-store';
import {
  activeIn,
  type Context,
  GenerationGone,
  generationsOf,
  type Projection,
  type RunnerStatus,
  type RunningProjection,
  runProjection,
  type View,
} from '#projections';
import { positionUnknown, storeUnavailable } from './refusals.js';

/** The views of a room: kept up here, by one process of the room at a time. */
export interface RoomViews {
  readonly runners: readonly RunningProjection[];
  view(projection: Projection): View;
  /** Keys of which an event waits to be digested: what readers see of them is not the newest. */
  parked(projection: Projection): Promise<ReadonlySet<string>>;
  /** As it was last seen where the read store does not answer by then: why it does not, the runners say. */
  parkedCounts(withinMs: number): Promise<{ projection: string; keys: number }[]>;
  /** Further tries of events that failed, by projection. */
  retries(): Record<string, number>;
  /** True once the view holds everything the store holds now, and what `atLeast` asks for; false where nobody can tell in time. */
  fresh(projection: Projection, atLeast: number): Promise<boolean>;
  /** Why the view does not hold everything the store holds now, for whoever must not act on less; null where it does. */
  lacking(projection: Projection): Promise<Refusal | null>;
  /**
   * Why the view cannot answer: it does not hold what the asker has seen, or is still being built. What is merely not the newest is
   * answered, also while the event store itself is away.
   */
  behind(projection: Projection, atLeast: number | undefined): Promise<Refusal | null>;
  unready(projection: Projection, atLeast: number | undefined): Refusal;
  /** One query, on one generation from its beginning to its end. */
  reading<T>(projection: Projection, read: (view: View) => Promise<T>): Promise<T>;
  isReady(this: void, status: RunnerStatus): boolean;
}

const freshWithinMs = 2_000;
/** Whoever is paused, failed or builds does not come to the head while somebody waits for it. */
const moving: readonly RunnerStatus['state'][] = ['starting', 'following', 'standby'];
const parkedForMs = 500;
/** Generations that may be dropped under one query: it takes two switches to drop one. */
const gonesMax = 3;
const working: readonly RunnerStatus['state'][] = ['following', 'standby', 'building', 'paused'];

export async function runViews(context: Context, projections: readonly Projection[]): Promise<RoomViews> {
  const { store, readStore } = context;
  const parkedKnown = new Map<string, { keys: ReadonlySet<string>; since: number }>();
  const headAtStart = await store.head();
  const runners = new Map(projections.map(projection => [projection.name, runProjection(context, projection)]));

  function runner({ name }: Projection): RunningProjection {
    const found = runners.get(name);
    if (!found) throw new Error(`This room does not run ${name}`);
    return found;
  }

  async function fresh(projection: Projection, atLeast: number): Promise<boolean> {
    const head = await headWithin(store, freshWithinMs);
    return head !== null && holds(projection, Math.max(atLeast, head), atLeast > 0);
  }

  async function holds(projection: Projection, position: number, patient: boolean): Promise<boolean> {
    const running = runner(projection);
    const { state } = running.status();
    // What was resumed just now has not moved yet, but will.
    const stands = state === 'paused' && (await readStore.paused()).has(projection.name);
    const wait = !stands && (patient || state === 'paused' || moving.includes(state));
    if (await running.waitFor(position, wait ? freshWithinMs : 0)) return true;
    if (!stands) return false;
    // It lacks nothing where nothing that concerns it has come since.
    const after = running.status().position;
    const { events } = await store.readAll({ after, limit: 1, types: projection.events });
    return events.every(event => event.position > position);
  }

  /** Of what readers see, the keys of which an event could not be digested; as it was within the last half second. */
  async function parked({ name }: Projection): Promise<ReadonlySet<string>> {
    const known = parkedKnown.get(name);
    if (known && performance.now() - known.since < parkedForMs) return known.keys;
    const active = activeIn(await generationsOf(readStore, name));
    const letters =
      active && (await readStore.deadLetters({ projection: name, generation: active.generation, states: ['parked'] }));
    const keys = new Set(letters?.map(({ key }) => key));
    parkedKnown.set(name, { keys, since: performance.now() });
    return keys;
  }

  function standsBeforeAnEvent(running: RunningProjection): boolean {
    return running.followers().some(({ parts }) => parts.some(({ state }) => state === 'blocked'));
  }

  function unready(projection: Projection, atLeast: number | undefined): Refusal {
    const { state, building } = runner(projection).status();
    if (state === 'building' && building)
      return refuse('unready', 'view-behind', {
        zh: `视图正在重建，已到位置 ${building.position}，共 ${building.goal}，请稍后重试。`,
        en: `The view is being built and has come to position ${building.position} of ${building.goal}; try again shortly.`,
      });
    const position = atLeast ?? headAtStart;
    if (state === 'paused')
      return refuse('unready', 'view-paused', {
        zh: `视图 ${projection.name} 已由运维人员暂停，等他们恢复（ops projections resume）之后才会更新到位置 ${position}。`,
        en: `The view ${projection.name} was paused by an operator and comes to position ${position} once it is resumed.`,
      });
    if (state === 'failed' && standsBeforeAnEvent(runner(projection)))
      return refuse('unready', 'view-stopped', {
        zh: `视图 ${projection.name} 停在一个无法处理的事件之前（见 ops dead-letters list），运维人员处理之后才会更新到位置 ${position}。`,
        en: `The view ${projection.name} stands before an event that it cannot digest (ops dead-letters list) and comes to position ${position} once an operator has seen to it.`,
      });
    return refuse('unready', 'view-behind', {
      zh: `视图尚未更新到位置 ${position}，请稍后重试。`,
      en: `The view does not hold position ${position} yet; try again shortly.`,
    });
  }

  return {
    runners: [...runners.values()],
    view: projection => runner(projection).view(),
    parked,
    async parkedCounts(withinMs) {
      const asked = projections.map(one => parked(one).catch(() => null));
      await within(Promise.all(asked), withinMs);
      return projections
        .map(({ name }) => ({ projection: name, keys: parkedKnown.get(name)?.keys.size ?? 0 }))
        .filter(({ keys }) => keys > 0);
    },
    retries: () =>
      Object.fromEntries(
        [...runners].map(([name, running]) => [
          name,
          running.followers().reduce((sum, { parts }) => parts.reduce((all, { retries }) => all + retries, sum), 0),
        ]),
      ),
    fresh,
    async lacking(projection) {
      const head = await headWithin(store, freshWithinMs);
      if (head === null) return storeUnavailable();
      return (await holds(projection, head, false)) ? null : unready(projection, head);
    },
    async behind(projection, atLeast) {
      const head = await headWithin(store, freshWithinMs);
      if (atLeast !== undefined && head !== null && atLeast > head) return positionUnknown(atLeast);
      if (head !== null && (await holds(projection, head, atLeast !== undefined))) return null;
      // One that is in the making would answer with too little as if that were all; one that is merely old is as it was before a restart.
      const { whole } = runner(projection).status();
      if (await holds(projection, atLeast ?? (whole ? 0 : headAtStart), false)) return null;
      return head === null && atLeast !== undefined ? storeUnavailable() : unready(projection, atLeast);
    },
    unready,
    async reading(projection, read) {
      for (let gones = 0; ; gones++) {
        try {
          return await read(runner(projection).view());
        } catch (error) {
          if (!(error instanceof GenerationGone) || gones === gonesMax) throw error;
        }
      }
    },
    // Whichever process brings the views there: what they hold counts.
    isReady: ({ state, position, whole }) =>
      working.includes(state) && (position >= headAtStart || (state === 'paused' && whole)),
  };
}

/** Null where the event store does not answer by then. */
export async function headWithin(store: EventStore, ms: number): Promise<number | null> {
  const head = store.head().catch((error: unknown) => {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  });
  return within(head, ms);
}

/** Null where it does not come by then. */
function within<T>(wanted: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout;
  const late = new Promise<null>(resolve => (timer = setTimeout(resolve, ms, null)));
  return Promise.race([wanted, late]).finally(() => clearTimeout(timer));
}
