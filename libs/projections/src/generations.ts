import type { EventStore } from '#event-store';
import type { Projection } from './projection.js';
import {
  type Generation,
  GenerationGone,
  type GenerationState,
  leaseOf,
  type ReadStore,
  type Ref,
  type Tally,
} from './read-store.js';
import { sumOf } from './tally.js';

/** @throws GenerationGone */
export async function generationAt(readStore: ReadStore, { projection, generation }: Ref): Promise<Generation> {
  const found = (await readStore.generations()).find(one => one.projection === projection && one.generation === generation);
  if (!found) throw new GenerationGone(`${projection} has no generation ${generation} any more`);
  return found;
}

/** Of one projection, oldest first. */
export async function generationsOf(readStore: ReadStore, projection: string): Promise<Generation[]> {
  const all = await readStore.generations();
  return all.filter(one => one.projection === projection).sort((a, b) => a.generation - b.generation);
}

export function activeIn(generations: readonly Generation[]): Generation | undefined {
  return generations.find(({ state }) => state === 'active');
}

export const unfinished: readonly GenerationState[] = ['building', 'catching-up', 'verifying'];

/** The lease of whoever builds it: among those of its parts, and gone with them. */
export function buildLeaseOf(at: Ref): string {
  return leaseOf(at, 0).replace(/0$/, 'build');
}

/** Up to where every part has come. */
export function positionOf({ checkpoints }: Generation): number {
  return Math.min(...checkpoints.map(({ position }) => position));
}

/** Whether its parts stand at one position: only there can it be counted. */
export function standsTogether({ checkpoints }: Generation): boolean {
  return checkpoints.every(({ position }) => position === checkpoints[0]?.position);
}

export function tallyOf({ checkpoints }: Generation): Tally {
  return sumOf(checkpoints.map(({ tally }) => tally));
}

/** Events after a position that the projection would be given; `limit` where there are as many or more. */
export async function eventsAfter(store: EventStore, projection: Projection, position: number, limit: number): Promise<number> {
  let found = 0;
  for (let after = position; found < limit;) {
    const { events, upTo } = await store.readAll({ after, limit: Math.min(1_000, limit - found), types: projection.events });
    found += events.length;
    if (upTo <= after) break;
    after = upTo;
    // Files answer at once: others in this process have their turn between two pages.
    await new Promise(resolve => setImmediate(resolve));
  }
  return found;
}
