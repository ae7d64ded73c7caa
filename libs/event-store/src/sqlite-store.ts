import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Database, openDatabase, retryWhileBusy, type Statement } from '#sqlite';
import { prepare } from './prepare.js';
import {
  type Appended,
  type StreamHead,
  type StreamRead,
  type EventStore,
  type Expected,
  IdempotencyConflict,
  type NewEvent,
  type Slice,
  type StoredEvent,
  StoreUnusable,
  WrongExpectedRevision,
} from './port.js';

const schemaVersion = 1;

/* AUTOINCREMENT: a position is never given twice, even if someone deletes the tail by force. */
const schema = `
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (stream, revision)
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS events_by_id ON events (id, stream);
  CREATE INDEX IF NOT EXISTS events_by_type ON events (type, position);
  CREATE TRIGGER IF NOT EXISTS events_are_never_updated BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'stored events are never updated'); END;
  CREATE TRIGGER IF NOT EXISTS events_are_never_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'stored events are never deleted'); END;
`;

const columns = 'position, stream, revision, id, type, version, data, metadata';

/** As `columns` names them: rows as arrays are read a fifth faster than as objects. */
type Row = [
  position: number,
  stream: string,
  revision: number,
  id: string,
  type: string,
  version: number,
  data: string,
  metadata: string,
];

/**
 * The embedded engine: one SQLite file in WAL mode, safe for several processes of one machine. Not for network file systems.
 * @throws StoreUnusable with a sentence saying why
 */
export async function openSqliteEventStore(file: string, options: { pollMs?: number } = {}): Promise<EventStore> {
  mkdirSync(dirname(file), { recursive: true });
  const db = await openDatabase(file, { durability: 'full' });
  try {
    await retryWhileBusy(() => migrate(db, file));
  } catch (error) {
    db.close();
    throw error;
  }
  return new SqliteEventStore(db, options.pollMs ?? 10);
}

function migrate(db: Database, file: string): void {
  const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (found > schemaVersion) {
    throw new StoreUnusable(
      `${file} 由更新版本的公开平台写成（格式 ${found}，本程序只认到 ${schemaVersion}），请升级程序。 / Written by a newer Gongkai (schema ${found} > ${schemaVersion}); upgrade the program.`,
    );
  }
  if (found === schemaVersion) return;
  db.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA user_version = ${schemaVersion}; COMMIT;`);
}

class SqliteEventStore implements EventStore {
  readonly capabilities = { appendMany: false };
  async appendMany(): Promise<Appended[]> {
    throw new Error('not yet');
  }
  async *streamHeads(): AsyncIterable<StreamHead> {}
  private readonly insert: Statement;
  private readonly last: Statement;
  private readonly known: Statement;
  private readonly byStream: Statement;
  private readonly afterPosition: Statement;
  private readonly top: Statement;
  private readonly changes: Statement;
  private readonly byTypes = new Map<string, Statement>();
  private readonly waiting = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;
  private seen = -1;

  constructor(
    private readonly db: Database,
    private readonly pollMs: number,
  ) {
    this.insert = db.prepare(
      'INSERT INTO events (stream, revision, id, type, version, data, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.last = db.prepare('SELECT max(revision) AS revision FROM events WHERE stream = ?');
    this.known = db.prepare('SELECT revision, position FROM events WHERE id = ? AND stream = ?');
    this.byStream = prepareRows(db, `SELECT ${columns} FROM events WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?`);
    this.afterPosition = prepareRows(db, `SELECT ${columns} FROM events WHERE position > ? ORDER BY position LIMIT ?`);
    this.top = db.prepare('SELECT max(position) AS position FROM events');
    this.changes = db.prepare('PRAGMA data_version');
  }

  async append(stream: string, events: readonly NewEvent[], expected: Expected): Promise<Appended> {
    const written = prepare(stream, events, expected).events;
    const appended = await retryWhileBusy(() => {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        const result = this.write(stream, events, written, expected);
        this.db.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.db.isTransaction) this.db.exec('ROLLBACK');
        throw error;
      }
    });
    if (!appended.idempotent) this.wake();
    return appended;
  }

  private write(
    stream: string,
    events: readonly NewEvent[],
    written: { data: string; metadata: string }[],
    expected: Expected,
  ): Appended {
    const again = this.alreadyStored(stream, events);
    if (again) return again;
    const actual = (this.last.get(stream) as { revision: number | null }).revision ?? -1;
    if (expected !== 'any' && actual !== (expected === 'none' ? -1 : expected))
      throw new WrongExpectedRevision(stream, expected, actual);
    let revision = actual;
    let position = 0;
    events.forEach((event, index) => {
      const { data, metadata } = written[index]!;
      revision += 1;
      position = Number(this.insert.run(stream, revision, event.id, event.type, event.version, data, metadata).lastInsertRowid);
    });
    return { revision, position, idempotent: false };
  }

  private alreadyStored(stream: string, events: readonly NewEvent[]): Appended | undefined {
    const found = events.map(event => this.known.get(event.id, stream) as { revision: number; position: number } | undefined);
    if (found.every(one => one === undefined)) return undefined;
    const first = found[0]?.revision ?? NaN;
    if (!found.every((one, index) => one?.revision === first + index)) throw new IdempotencyConflict(stream);
    const last = found.at(-1)!;
    return { ...last, idempotent: true };
  }

  async readStream(stream: string, { from = 0, limit = 100_000 }: StreamRead = {}): Promise<StoredEvent[]> {
    return (this.byStream.all(stream, from, limit) as unknown as Row[]).map(stored);
  }

  async readAll({ after, limit, types }: { after: number; limit: number; types?: readonly string[] }): Promise<Slice> {
    if (!types) {
      const events = (this.afterPosition.all(after, limit) as unknown as Row[]).map(stored);
      return { events, upTo: events.at(-1)?.position ?? after };
    }
    // The head is read first: what commits between the two reads is beyond it and comes with the next slice.
    const head = await this.head();
    const rows = this.ofTypes(types).all(after, head, ...types, limit) as unknown as Row[];
    const events = rows.map(stored);
    return { events, upTo: events.length === limit ? events.at(-1)!.position : Math.max(after, head) };
  }

  private ofTypes(types: readonly string[]): Statement {
    const key = types.length.toString();
    let statement = this.byTypes.get(key);
    if (!statement) {
      const marks = types.map(() => '?').join(', ');
      // The unary plus keeps SQLite on the position's order: merging the type index would sort every page anew.
      statement = prepareRows(
        this.db,
        `SELECT ${columns} FROM events WHERE position > ? AND position <= ? AND +type IN (${marks}) ORDER BY position LIMIT ?`,
      );
      this.byTypes.set(key, statement);
    }
    return statement;
  }

  async head(): Promise<number> {
    return (this.top.get() as { position: number | null }).position ?? 0;
  }

  wait(after: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted) return resolve();
      this.waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
      // Between the caller's last read and here something may have come: look once before sleeping.
      if (((this.top.get() as { position: number | null }).position ?? 0) > after) return done();
      this.poll();
    });
  }

  /** Other processes' commits show in data_version (a few microseconds to read); our own call wake() themselves. */
  private poll(): void {
    if (this.timer) return;
    this.timer = setInterval(() => {
      if (this.waiting.size === 0) {
        clearInterval(this.timer);
        this.timer = undefined;
        return;
      }
      const now = this.version();
      if (now !== this.seen) {
        this.seen = now;
        this.wake();
      }
    }, this.pollMs);
    this.timer.unref();
  }

  /** Another process may hold the file for itself just now: then nobody knows, and whoever waits may look. */
  private version(): number {
    try {
      return (this.changes.get() as { data_version: number }).data_version;
    } catch {
      return -1;
    }
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.wake();
    this.db.close();
  }
}

function prepareRows(db: Database, sql: string): Statement {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
}

function stored(row: Row): StoredEvent {
  return {
    position: row[0],
    stream: row[1],
    revision: row[2],
    id: row[3],
    type: row[4],
    version: row[5],
    data: JSON.parse(row[6]),
    metadata: JSON.parse(row[7]),
    previousHash: '',
    hash: '',
  };
}
