import { isKurrentUrl, readKurrentUrl } from './kurrent-url.js';
import { type EventStore, StoreUnusable } from './port.js';
import { openSqliteEventStore } from './sqlite-store.js';

export interface EventStoreSettings {
  /** `kurrentdb://…` or `esdb://…`; absent: the file. */
  url?: string;
  file: string;
  /** How long any call to a server may take. */
  deadlineMs?: number;
  /** A server that is not reachable yet is waited for, and this is told once, with the reason; without it, it is refused. */
  waiting?: (why: string) => void;
}

/** The engine that was asked for; KurrentDB's is loaded only then. @throws StoreUnusable, DatabaseUnusable with one sentence */
export async function openEventStore({ url, file, ...options }: EventStoreSettings): Promise<EventStore> {
  if (url === undefined) return openSqliteEventStore(file);
  if (!isKurrentUrl(url)) {
    throw new StoreUnusable(
      'GONGKAI_EVENTS 须是 kurrentdb:// 或 esdb:// 开头的连接串。 / GONGKAI_EVENTS must be a kurrentdb:// or esdb:// connection string.',
    );
  }
  const { openKurrentEventStore } = await import('./kurrent-store.js');
  return openKurrentEventStore(url, options);
}

/** The address of an event store as it may be shown. @throws StoreUnusable */
export function shownAddress(url: string): string {
  return readKurrentUrl(url).shown;
}
