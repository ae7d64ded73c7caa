import { type Census, censusOf, ofTypes } from './census.js';
import { activeIn, buildLeaseOf, eventsAfter, positionOf, standsTogether, tallyOf, unfinished } from './generations.js';
import type { Operations } from './operations.js';
import { progressing } from './progress.js';
import type { Projection } from './projection.js';
import {
  type DeadLetter,
  type DeadLetterCount,
  type Generation,
  type GenerationState,
  type Lease,
  leaseOf,
  type Paused,
  type Verification,
} from './read-store.js';
import { differences, eventsIn } from './tally.js';

export interface ProjectionStatus {
  projection: string;
  /** Of this program. */
  version: number;
  room?: string;
  /**
   * Of what readers see, or of the newest generation where they see none. `never-started`: nobody ever ran it; `at-zero`: it runs and has
   * read nothing yet; `quiet`: it runs and holds everything; `dead`: nobody follows it.
   */
  life: 'never-started' | 'at-zero' | 'working' | 'quiet' | 'dead';
  paused?: Paused;
  /** The generation that readers see. */
  active: number | null;
  /** Oldest first; all there are, of other versions too. */
  generations: GenerationStatus[];
}

export interface GenerationStatus {
  number: number;
  version: number;
  state: GenerationState;
  position: number;
  parts: number;
  goal: number;
  /** 0 to 1: of the way to where the log ended when it was begun. */
  progress: number;
  /** Applied, parked and skipped so far. */
  events: number;
  /** Events of its types that it has not accounted for; 0 where it is quiet. Counted up to 10 000 where no proof is asked for. */
  lagEvents: number;
  /** Age of the oldest of them. */
  lagSeconds: number;
  owner: string | null;
  /** Instant of the owner's last sign of life, by its own clock. */
  beatAt: string | null;
  /** Applied, parked and skipped = stored, per type, at exactly this position. Null where it was not asked for. */
  complete: { proven: boolean; position: number; types: TypeCount[]; missing: Verification['missing'] } | null;
  deadLetters: Record<'blocking' | 'parked' | 'waiting' | 'skipped', number>;
  hold?: boolean;
  error?: string;
  verification?: Verification;
}

/** Events of one type in the log, and those accounted for; `hash` is of the positions of the latter, in hexadecimal. */
export interface TypeCount {
  type: string;
  stored: number;
  seen: number;
  hash: string;
}

/** What looking takes: less than ordering. */
type Looking = Pick<Operations, 'readStore' | 'store' | 'projections' | 'room' | 'now' | 'leaseMs' | 'census'>;

const beatsMissed = 3;
const lagCountedMax = 10_000;

/** How every projection stands, read from the stores alone, whoever runs it. `proof`: with the log counted, which takes a walk over it. */
export async function statusOf(operations: Looking, { proof = true }: { proof?: boolean } = {}): Promise<ProjectionStatus[]> {
  const { readStore, store, projections, room } = operations;
  const census = proof ? (operations.census ?? censusOf(store)) : null;
  const all = await readStore.generations();
  const paused = await readStore.paused();
  const letters = await readStore.countDeadLetters();
  const found: ProjectionStatus[] = [];
  for (const projection of projections) {
    const { name, version } = projection;
    const own = all.filter(one => one.projection === name).sort((a, b) => a.generation - b.generation);
    const generations: GenerationStatus[] = [];
    const signs: number[] = [];
    for (const one of own) {
      const lease = await readStore.lease(unfinished.includes(one.state) ? buildLeaseOf(one) : leaseOf(one, 0));
      generations.push(await generationStatus(operations, projection, one, lease, census, letters));
      // Whoever has just switched takes the new one a moment later, and follows the one before all the while.
      if (lease && one.version === (activeIn(own) ?? own.at(-1))?.version) signs.push(Date.parse(lease.beatAt));
    }
    const stands = paused.get(name);
    const active = activeIn(own)?.generation ?? null;
    found.push({
      projection: name,
      version,
      ...(room === undefined ? {} : { room }),
      life: lifeOf(operations, generations, active, signs),
      ...(stands ? { paused: stands } : {}),
      active,
      generations,
    });
  }
  return found;
}

async function generationStatus(
  { store, now }: Looking,
  projection: Projection,
  one: Generation,
  lease: Lease | null,
  census: Census | null,
  letters: readonly DeadLetterCount[],
): Promise<GenerationStatus> {
  const { generation, version, state, goal, checkpoints, note } = one;
  const position = positionOf(one);
  const { events: oldest } = await store.readAll({ after: position, limit: 1, types: projection.events });
  const waited = oldest[0] ? now().getTime() - Date.parse(oldest[0].metadata.recordedAt) : 0;
  const here = letters.filter(letter => letter.projection === one.projection && letter.generation === generation);
  const count = (wanted: DeadLetter['state']) => here.find(({ state }) => state === wanted)?.count ?? 0;
  return {
    number: generation,
    version,
    state,
    position,
    parts: checkpoints.length,
    goal,
    progress: progressing()(one, goal, 0).share,
    events: eventsIn(tallyOf(one)),
    lagEvents: await lagOf(store, projection, one, census),
    lagSeconds: Math.max(0, Math.round(waited / 1_000)),
    owner: lease?.owner ?? null,
    beatAt: lease?.owner ? lease.beatAt : null,
    complete: census && (await completeness(projection, one, census)),
    deadLetters: { blocking: count('blocking'), parked: count('parked'), waiting: count('waiting'), skipped: count('skipped') },
    ...(note.hold ? { hold: true } : {}),
    ...(note.error === undefined ? {} : { error: note.error }),
    ...(note.verification ? { verification: note.verification } : {}),
  };
}

async function lagOf(store: Looking['store'], projection: Projection, one: Generation, census: Census | null): Promise<number> {
  if (!census) return eventsAfter(store, projection, positionOf(one), lagCountedMax);
  const stored = eventsIn(ofTypes(await census.at(await store.head()), projection.events));
  const held = standsTogether(one)
    ? eventsIn(ofTypes(await census.at(positionOf(one)), projection.events))
    : eventsIn(tallyOf(one));
  return Math.max(0, stored - held);
}

async function completeness(
  { events }: Projection,
  one: Generation,
  census: Census,
): Promise<NonNullable<GenerationStatus['complete']>> {
  const position = positionOf(one);
  // Parts that stand apart can only be counted where they meet.
  if (!standsTogether(one)) return { proven: false, position, types: [], missing: [] };
  const stored = ofTypes(await census.at(position), events);
  const seen = tallyOf(one);
  const missing = differences(stored, seen);
  const types = [...new Set([...Object.keys(stored), ...Object.keys(seen)])].sort().map(type => ({
    type,
    stored: stored[type]?.count ?? 0,
    seen: seen[type]?.count ?? 0,
    hash: (seen[type]?.sum ?? 0).toString(16).padStart(8, '0'),
  }));
  return { proven: missing.length === 0, position, types, missing };
}

function lifeOf(
  { now, leaseMs }: Looking,
  generations: readonly GenerationStatus[],
  active: number | null,
  /** Last signs of life (ms of the epoch) of whoever follows what readers see, or its like; also of what was lent for a moment. */
  signs: readonly number[],
): ProjectionStatus['life'] {
  const one = generations.find(({ number }) => number === active) ?? generations.at(-1);
  if (!one) return 'never-started';
  const silentMs = now().getTime() - Math.max(-Infinity, ...signs);
  if (silentMs > beatsMissed * leaseMs) return 'dead';
  if (one.position === 0) return 'at-zero';
  return one.lagEvents > 0 ? 'working' : 'quiet';
}
