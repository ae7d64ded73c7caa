import { isMainThread } from 'node:worker_threads';
import { openSqliteEventStore, type StoredEvent } from '#event-store';
import type { Bench } from '../build-thread.js';
import type { Doc, Projection } from '../projection.js';
import { openSqliteViews } from '../sqlite-store.js';

const counted = (collection: string, id: string, { data, position }: StoredEvent) => ({
  collection,
  id,
  apply: (before: Doc | null) => {
    if (data['poison'] === true) throw new Error('poison');
    // As if the machine had no memory left for this thread.
    if (data['deadly'] === true && !isMainThread) process.exit(7);
    return { id, count: ((before?.['count'] as number | undefined) ?? 0) + 1, last: position };
  },
});

export const ofStreams: Projection = {
  name: 'of-streams',
  version: 1,
  collections: { streams: { indexes: [['count']] } },
  events: ['Noted'],
  project: event => [counted('streams', event.stream, event)],
};

/** Several streams share a key. */
export const ofOffices: Projection = {
  name: 'of-offices',
  version: 1,
  collections: { offices: { indexes: [] } },
  events: ['Noted'],
  key: ({ data }) => data['office'] as string,
  project: event => [counted('offices', event.data['office'] as string, event)],
};

export async function openBench({ events, views }: { events: string; views: string }): Promise<Bench> {
  const [store, readStore] = [await openSqliteEventStore(events), await openSqliteViews(views)];
  return {
    ...{ store, readStore, projections: [ofStreams, ofOffices] },
    async close() {
      await readStore.close();
      await store.close();
    },
  };
}
