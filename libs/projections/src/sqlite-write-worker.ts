import { workerData } from 'node:worker_threads';
import { answerAsks } from '#sqlite';
import type { ProjectionSchema } from './projection.js';
import type { Ref } from './read-store.js';
import { connectTo } from './sqlite-connection.js';
import { tidySearch } from './sqlite-search.js';
import { type Writes, writesOn } from './sqlite-writes.js';

export interface WriteData {
  file: string;
  autocheckpointBytes: number;
}
export type WriteAsk = { [Name in keyof Writes]: { name: Name; given: Parameters<Writes[Name]> } }[keyof Writes];

const { file, autocheckpointBytes } = workerData as WriteData;
const connection = await connectTo(file, autocheckpointBytes);
const writes = writesOn(connection);
/** Generations whose search has merging due, by name: several are followed at a time. */
const due = new Map<string, { projection: ProjectionSchema; at: Ref }>();
let tidying: NodeJS.Timeout | undefined;

/** Step by step, once whoever waits for the commit has its answer; the next commits come between. What fails is left to the next one. */
function tidySoon(projection: ProjectionSchema, at: Ref): void {
  due.set(`${at.projection}/${at.generation}`, { projection, at });
  tidying ??= setTimeout(() => void tidy(), 0);
}

async function tidy(): Promise<void> {
  const [name, { projection, at }] = [...due][0]!;
  due.delete(name);
  const more = await tidySearch(connection, projection, at).catch(() => false);
  tidying = undefined;
  if (more) due.set(name, { projection, at });
  if (due.size > 0 && connection.db.isOpen) tidying = setTimeout(() => void tidy(), 0);
}

answerAsks<WriteAsk>(
  async ({ name, given }) => {
    const result = await (writes[name] as (...given: unknown[]) => Promise<unknown>)(...given);
    if (name === 'commit') tidySoon(given[0], given[1]);
    return result;
  },
  () => {
    clearTimeout(tidying);
    connection.forget();
    connection.db.close();
  },
);
