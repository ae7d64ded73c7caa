import { type Database, openDatabase, retryWhileBusy } from '#sqlite';
import type { Audit, KeptEvent } from './port.js';
import { rowsAsArrays, versionOf } from './sqlite-schema.js';
import { type Verdict, verifyLog, type VerifyOptions } from './verify.js';

const pageEvents = 1_000;
const damageMost = 20;

const texts = ['stream', 'id', 'type', 'data', 'metadata', 'previous_hash', 'hash']
  .map(name => `octet_length(${name})`)
  .join(' + ');

type Row = [number, string, number, string, string, number, string, string, string, string, number];

/** The embedded engine's own view of its log. A plain INSERT never burns a position, so there are no holes but made ones. */
export function sqliteAudit(db: Database): Audit {
  return {
    async *pages(after) {
      const page = rowsAsArrays(
        db.prepare(
          `SELECT position, stream, revision, id, type, version, data, metadata, previous_hash, hash, ${texts} FROM events
           WHERE position > ? ORDER BY position LIMIT ${pageEvents}`,
        ),
      );
      for (let position = after; ;) {
        const rows = await retryWhileBusy(() => page.all(position) as unknown as Row[]);
        if (rows.length === 0) return;
        yield rows.map(kept);
        position = rows.at(-1)![0];
      }
    },
    async highestGiven() {
      const row = await retryWhileBusy(() => db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'events'").get());
      return (row as { seq: number } | undefined)?.seq ?? 0;
    },
    async damage() {
      const rows = await retryWhileBusy(() => db.prepare(`PRAGMA integrity_check(${damageMost})`).all());
      return (rows as { integrity_check: string }[]).map(row => row.integrity_check).filter(found => found !== 'ok');
    },
  };
}

/** Verifies a file that nobody writes, as a backup, and leaves it as it is, bytes and all. @throws StoreUnusable, DatabaseUnusable */
export async function verifySqliteFile(file: string, options?: VerifyOptions): Promise<Verdict & { schema: number }> {
  const db = await openDatabase(file, { durability: 'normal', readOnly: true });
  try {
    const schema = versionOf(db, file);
    const { head } = db.prepare('SELECT max(position) AS head FROM events').get() as { head: number | null };
    return { schema, ...(await verifyLog({ head: async () => head ?? 0, audit: () => sqliteAudit(db) }, options)) };
  } finally {
    db.close();
  }
}

function kept([position, stream, revision, id, type, version, data, metadata, previousHash, hash, octets]: Row): KeptEvent {
  const read = [stream, id, type, data, metadata, previousHash, hash].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  // A text ends for its reader at the first zero byte, and bytes that are no UTF-8 are read as others: here they show as a line feed, which no event has.
  const hidden = read === octets ? '' : '\n';
  return { position, stream, revision, id, type, version, data: data + hidden, metadata, previousHash, hash };
}
