import { inTemporaryFolder } from '../children.js';
import type { Figure } from '../figure.js';
import { measureGrowth } from './growing.js';
import { writeLog } from './log.js';
import { measureMongo } from './mongo.js';
import { measurePeers } from './peers.js';
import { measureReads } from './reading.js';
import { measureRebuilds } from './rebuilding.js';
import { measureVisible } from './visible.js';
import { measureWorkers } from './workers.js';

const rounds = 3;
/** Enough for what begins a build to weigh little. */
const peerEvents = 60_000;
const mongoEvents = 100_000;
const appends = 500;
const restSeconds = 20;

/** Views from a log of so many events: rebuilt, kept up, read meanwhile. */
export async function measureProjections({ events, full }: { events: number; full: boolean }): Promise<Figure[]> {
  const found = await inTemporaryFolder(async folder => {
    const log = await writeLog(folder, events);
    return [
      ...(await measureWorkers(log, rounds)),
      // What it leaves behind is the catalogue with its search: on that the next two go on.
      ...(await measureRebuilds(log, rounds)),
      ...(await measureVisible(log, appends)),
      ...(await measureReads(log, restSeconds)),
    ];
  });
  found.push(...(await measurePeers(Math.min(events, peerEvents), rounds)), await measureMongo(Math.min(events, mongoEvents)));
  if (full) found.push(...(await measureGrowth()));
  return found;
}
