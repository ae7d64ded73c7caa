import type { Differing } from './compare.js';
import { compareKeys } from './compare.js';
import { type Context, pause } from './context.js';
import { activeIn, generationsOf, positionOf } from './generations.js';
import type { Projection } from './projection.js';
import type { Generation } from './read-store.js';
import { checkSample } from './verify.js';

/** A document that readers see and that is not the fold of its key's events. */
export interface Doubt extends Differing {
  projection: string;
  generation: number;
}

export interface RefoldWatch {
  /** What was found and not mended since. */
  doubts(): readonly Doubt[];
  /** After the check at hand. */
  stop(): Promise<void>;
}

export interface RefoldWatchOptions {
  /** At the least, between two checks; a check that takes long is followed by a rest of fifty times its length. */
  everyMs: number;
  /** Events whose keys are refolded at a time. */
  events?: number;
  /** Whether this process should: of several that see the same views one is enough. */
  mine(projection: Projection): boolean;
}

/** What the checks may take of the time, whatever a walk over the log costs. */
const restsTimes = 50;
const eventsDefault = 50;

/**
 * View = fold(log), looked at for as long as the process lives: of one projection after another some keys are refolded and compared
 * with what readers see, coming round to all of them. What differs is looked at again each time, until it is mended.
 */
export function watchRefolds(
  context: Pick<Context, 'store' | 'readStore' | 'log'>,
  projections: readonly Projection[],
  { everyMs, events = eventsDefault, mine }: RefoldWatchOptions,
): RefoldWatch {
  const { readStore, log } = context;
  const stopping = new AbortController();
  const { signal } = stopping;
  const rounds = new Map<string, { generation: number; after: number }>();
  let doubts: Doubt[] = [];

  async function run(): Promise<void> {
    if (projections.length === 0) return;
    await pause(everyMs, signal);
    for (let turn = 0; !signal.aborted; turn++) {
      const began = performance.now();
      const projection = projections[turn % projections.length]!;
      try {
        if (mine(projection)) await check(projection);
        else forget(projection.name);
      } catch (error) {
        if (!signal.aborted)
          log.error({ projection: projection.name, err: error }, 'documents could not be compared with the log');
      }
      await pause(Math.max(everyMs, (performance.now() - began) * restsTimes), signal);
    }
  }

  async function check(projection: Projection): Promise<void> {
    const { name, version } = projection;
    const active = activeIn(await generationsOf(readStore, name));
    if (active?.version !== version) return forget(name);
    const { generation } = active;
    const round = rounds.get(name);
    const after = round?.generation === generation ? round.after : 0;
    const before = doubts.filter(one => one.projection === name && one.generation === generation);
    const still = await compareAgain(projection, active, before);
    const { differing, next } = await checkSample(context, projection, active, { after, keys: events });
    rounds.set(name, { generation, after: next });
    const known = new Set(still.map(placeOf));
    const found = [...still, ...differing.filter(one => !known.has(placeOf(one)))].map(one => ({
      ...one,
      projection: name,
      generation,
    }));
    const told = new Set(before.map(placeOf));
    for (const doubt of found)
      if (!told.has(placeOf(doubt))) log.error({ ...doubt }, 'a document is not what its events make of it');
    forget(name);
    doubts.push(...found);
  }

  async function compareAgain(projection: Projection, at: Generation, before: readonly Doubt[]): Promise<Differing[]> {
    if (before.length === 0) return [];
    return compareKeys(context, projection, at, new Set(before.map(({ key }) => key)), { upTo: positionOf(at) });
  }

  function forget(name: string): void {
    doubts = doubts.filter(({ projection }) => projection !== name);
  }

  const running = run();
  return {
    doubts: () => doubts,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function placeOf({ collection, id }: Differing): string {
  return `${collection}/${id}`;
}
