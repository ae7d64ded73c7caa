import { refuse, type Refusal } from '#contracts';
import { type Census, censusOf, leaseMsFor, type Projection, type ReadStore } from '#projections';
import { type Files, print, rooms } from '../files.js';

/** What looking at a room's projections takes; unlike ordering, no keys. */
export interface RoomStands {
  room: string;
  projections: readonly Projection[];
  store: Files['store'];
  readStore: ReadStore;
  leaseMs: number;
  now(): Date;
  census: Census;
}

/** Every room with all it keeps, or one with the projection named. */
export async function roomsOf(files: Files, only?: { room: string; projection: Projection }): Promise<RoomStands[]> {
  const { config, store } = files;
  // One count of the log does for all.
  const census = censusOf(store);
  const found: RoomStands[] = [];
  for (const [room, all] of only ? [[only.room, [only.projection]] as const] : Object.entries(rooms)) {
    const readStore = await files.readStore(room);
    const leaseMs = config.leaseMs ?? leaseMsFor(readStore);
    found.push({ room, projections: all, store, readStore, leaseMs, census, now: () => new Date() });
  }
  return found;
}

/** The projection of that name and the room that keeps it. */
export function projectionNamed(name: string): { room: string; projection: Projection } | Refusal {
  for (const [room, projections] of Object.entries(rooms)) {
    const projection = projections.find(one => one.name === name);
    if (projection) return { room, projection };
  }
  const names = Object.values(rooms).flatMap(projections => projections.map(one => one.name));
  return refuse('missing', 'projection-unknown', {
    zh: `没有视图 ${name}；有：${names.join('、')}。`,
    en: `There is no projection ${name}; there are: ${names.join(', ')}.`,
  });
}

/** Exit code 1: a rule says no; 2: what was given cannot be read. */
export function tellRefusal(json: boolean | undefined, refusal: Refusal): void {
  if (json) print(json, refusal, []);
  process.stderr.write(`${refusal.zh} / ${refusal.en}\n`);
  process.exitCode = refusal.refused === 'invalid' ? 2 : 1;
}
