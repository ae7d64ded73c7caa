import { workerData } from 'node:worker_threads';
import { answerAsks } from '#sqlite';
import type { ProjectionSchema } from './projection.js';
import type { Ref } from './read-store.js';
import { connectTo } from './sqlite-connection.js';
import { tidySearch } from './sqlite-search.js';
import { type Writes, writesOn } from './sqlite-writes.js';

export interface WriteData {
  file: string;
  walMost: number;
}
export type WriteAsk = { [Name in keyof Writes]: { name: Name; given: Parameters<Writes[Name]> } }[keyof Writes];

const { file, walMost } = workerData as WriteData;
const connection = await connectTo(file, walMost);
const writes = writesOn(connection);
let tidying: NodeJS.Timeout | undefined;

/** Once whoever waits for the commit has its answer. What fails is left to the next time. */
function tidySoon(projection: ProjectionSchema, at: Ref): void {
  clearTimeout(tidying);
  tidying = setTimeout(() => void tidySearch(connection, projection, at).catch(() => {}), 0);
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
