import { existsSync } from 'node:fs';
import type { StoredEvent } from '#event-store';
import { eventsFile } from '#platform';
import { subjectErasedType } from '#privacy';
import { type Database, engineCodeOf, lockDatabase } from '#sqlite';
import { stopFirst } from './in-use.js';

/** The log that a restore puts aside: nobody else has it open from here to the end of this process. */
export interface Replaced {
  /** Null where it cannot be read: then nobody knows. */
  events: number | null;
  /** Of its first event: two logs that begin alike are one log. */
  firstId: string | null;
  /** What was erased by it stays erased. */
  erasures: StoredEvent[];
}

export const nothing: Replaced = { events: 0, firstId: null, erasures: [] };

/** Collected as garbage, a lock would be gone. */
const held: Database[] = [];

/** @throws CannotStart while a service uses the folder; DatabaseUnusable where the disk does not let it be looked at */
export async function openReplaced(dataFolder: string): Promise<Replaced> {
  const file = eventsFile(dataFolder);
  if (!existsSync(file)) return nothing;
  try {
    const lock = await lockDatabase(file);
    if (!lock) throw stopFirst(dataFolder);
    held.push(lock);
    return contentOf(lock);
  } catch (error) {
    const code = engineCodeOf(error) ?? engineCodeOf((error as Error).cause ?? error);
    if (code === undefined || disks.has(code & 0xff)) throw error;
    // Damaged: the very reason for a restore, perhaps.
    return { events: null, firstId: null, erasures: [] };
  }
}

/** Read-only, full, not to be opened: it says nothing of the log, and nothing could be put in its place. */
const disks = new Set([8, 13, 14]);

/** By SQL, since an old log may be of an old schema, and opening it as a store would change it. */
function contentOf(db: Database): Replaced {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE name = 'events'").all();
  if (tables.length === 0) return nothing;
  const { events } = db.prepare('SELECT count(*) AS events FROM events').get() as { events: number };
  const first = db.prepare('SELECT id FROM events ORDER BY position LIMIT 1').get() as { id: string } | undefined;
  const rows = db
    .prepare('SELECT position, stream, revision, id, type, version, data, metadata FROM events WHERE type = ? ORDER BY position')
    .all(subjectErasedType) as unknown as (Omit<StoredEvent, 'data' | 'metadata'> & { data: string; metadata: string })[];
  const erasures = rows.flatMap(row => {
    try {
      return [{ ...row, data: JSON.parse(row.data), metadata: JSON.parse(row.metadata) }];
    } catch {
      // Changed by force: the keys know of this one, and the others are not lost with it.
      return [];
    }
  });
  return { events, firstId: first?.id ?? null, erasures };
}
