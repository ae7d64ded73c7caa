import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type EventStore, openEventStore } from '#event-store';
import { connectMongo, type Mongo } from '#mongo';
import { openMongoViews, openSqliteViews, type ReadStore } from '#projections';
import type { Config } from './config.js';

/*
 * Where what is stored is: on the server that a setting names, else in a file of the data folder.
 */

export function eventsFile(dataFolder: string): string {
  return join(dataFolder, 'events.db');
}

export function viewsFile(dataFolder: string, room: string): string {
  return join(dataFolder, 'views', `${room}.db`);
}

type Stores = Pick<Config, 'dataFolder' | 'stores'>;

/**
 * The one event store of the house. `waiting`: a server that is not reachable is waited for, and this is told once, with the
 * reason; without it, that is refused.
 * @throws StoreUnusable, DatabaseUnusable
 */
export function openEvents({ dataFolder, stores: { events } }: Stores, waiting?: (why: string) => void): Promise<EventStore> {
  return openEventStore({ ...events, file: eventsFile(dataFolder), ...(waiting ? { waiting } : {}) });
}

/** Whether the house has a past; asked before anything of it is opened or made. `waiting` as in `openEvents`. */
export async function holdsEvents(config: Stores, waiting?: (why: string) => void): Promise<boolean> {
  if (!config.stores.events) return existsSync(eventsFile(config.dataFolder));
  const store = await openEvents(config, waiting);
  try {
    return (await store.head()) > 0;
  } finally {
    await store.close();
  }
}

/**
 * The MongoDB that a setting names, for all that this process keeps there: to be closed after that. Null: views and keys are files.
 * `waiting` as in `openEvents`.
 * @throws MongoUnusable, MongoUnavailable
 */
export async function openMongo({ stores: { mongodb } }: Stores, waiting?: (why: string) => void): Promise<Mongo | null> {
  if (!mongodb) return null;
  const { url, ...options } = mongodb;
  return connectMongo(url, { ...options, ...(waiting ? { waiting } : {}) });
}

/** The read store of one room. @throws DatabaseUnusable */
export async function openViews({ dataFolder }: Stores, room: string, mongo: Mongo | null): Promise<ReadStore> {
  return mongo ? openMongoViews(mongo, room) : openSqliteViews(viewsFile(dataFolder, room));
}
