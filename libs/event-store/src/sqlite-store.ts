import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { closeDatabase, type Database, openDatabase, retryWhileBusy, type Statement } from '#sqlite';
import { partSql } from './part.js';
import {
  type Appended,
  type Audit,
  type CallOptions,
  CorruptEvent,
  type EventStore,
  type Expected,
  InvalidAppend,
  type LogRead,
  type NewEvent,
  type Slice,
  type StoredEvent,
  type StreamAppend,
  type StreamCheck,
  type StreamHead,
  type StreamRead,
} from './port.js';
import { prepare, prepareChecks } from './prepare.js';
import { sqliteAudit } from './sqlite-audit.js';
import { migrate, rowsAsArrays } from './sqlite-schema.js';
import type { Fault } from './sqlite-worker.js';
import { WriterThread } from './writer-thread.js';

export interface SqliteEventStoreOptions {
  /** How often other processes' commits are looked for while somebody waits. */
  pollMs?: number;
  /** How long an append may take. */
  deadlineMs?: number;
  /** For tests. */
  fault?: Fault;
}

const columns = 'position, stream, revision, id, type, version, data, metadata, previous_hash, hash';
type Row = [
  position: number,
  stream: string,
  revision: number,
  id: string,
  type: string,
  version: number,
  data: string,
  metadata: string,
  previousHash: string,
  hash: string,
];

/**
 * A limit as SQLite reads it when it runs. A bare parameter is looked at when the statement is planned: each new value, even an equal
 * one, plans it anew, which costs half of what reading a short stream costs.
 */
const limited = (parameter: string) => `${parameter} + 0`;

const pollMs = 10;
const deadlineMs = 30_000;
const rowsAStep = 100;

/**
 * The embedded engine: one SQLite file in WAL mode, safe for several processes of one machine; one thread of each writes, the
 * event loop reads. Not for network file systems.
 * @throws StoreUnusable, DatabaseUnusable with a sentence saying why
 */
export async function openSqliteEventStore(file: string, options: SqliteEventStoreOptions = {}): Promise<EventStore> {
  mkdirSync(dirname(file), { recursive: true });
  const db = await openDatabase(file, { durability: 'full' });
  try {
    await migrate(db, file);
    db.exec('PRAGMA query_only = ON');
  } catch (error) {
    db.close();
    throw error;
  }
  return new SqliteEventStore(db, file, options);
}

class SqliteEventStore implements EventStore {
  readonly capabilities = { appendMany: true };
  private readonly writer: WriterThread;
  private readonly statements = new Map<string, Statement>();
  private readonly top: Statement;
  private readonly changes: Statement;
  private readonly waiting = new Set<() => void>();
  private readonly pollMs: number;
  private timer: NodeJS.Timeout | undefined;
  private seen = -1;

  constructor(
    private readonly db: Database,
    file: string,
    options: SqliteEventStoreOptions,
  ) {
    this.top = db.prepare('SELECT max(position) AS position FROM events');
    this.changes = db.prepare('PRAGMA data_version');
    this.pollMs = options.pollMs ?? pollMs;
    this.writer = new WriterThread(
      { file, ...(options.fault ? { fault: options.fault } : {}) },
      options.deadlineMs ?? deadlineMs,
      () => this.wake(),
    );
  }

  async append(stream: string, events: readonly NewEvent[], expected: Expected, options?: CallOptions): Promise<Appended> {
    const [appended] = await this.writer.write([prepare(stream, events, expected)], [], options?.signal);
    return appended!;
  }

  async appendMany(
    appends: readonly StreamAppend[],
    checks: readonly StreamCheck[] = [],
    options?: CallOptions,
  ): Promise<Appended[]> {
    if (appends.length === 0) throw new InvalidAppend('An append needs at least one stream');
    const prepared = appends.map(({ stream, events, expected }) => prepare(stream, events, expected));
    prepareChecks(checks);
    return this.writer.write(prepared, checks, options?.signal);
  }

  async readStream(stream: string, options: StreamRead = {}): Promise<StoredEvent[]> {
    const {
      from = 0,
      to = Number.MAX_SAFE_INTEGER,
      limit = Number.MAX_SAFE_INTEGER,
      direction = 'forward',
      recordedUntil,
    } = options;
    // What a soft deletion took away lies at and below it; the index it is looked up in holds deletions only.
    const sql = `SELECT ${columns} FROM events WHERE stream = ?1 AND revision >= ?2 AND revision <= ?3
      AND revision > coalesce((SELECT max(revision) FROM events WHERE stream = ?1 AND type = 'StreamDeleted'), -1)
      ${recordedUntil === undefined ? '' : "AND metadata ->> '$.recordedAt' <= ?5"}
      ORDER BY revision ${direction === 'forward' ? 'ASC' : 'DESC'} LIMIT ${limited('?4')}`;
    return this.read(sql, [stream, from, to, limit, ...(recordedUntil === undefined ? [] : [recordedUntil])]);
  }

  async readAll({ after, limit, bytes, types, streams, part }: LogRead): Promise<Slice> {
    if (!types && !streams && !part && bytes === undefined) {
      const sql = `SELECT ${columns} FROM events WHERE position > ? ORDER BY position LIMIT ${limited('?')}`;
      const events = await this.read(sql, [after, limit]);
      return { events, upTo: events.at(-1)?.position ?? after };
    }
    // The head is read first: what commits between the two reads is beyond it and comes with the next slice.
    const head = await this.head();
    // The unary plus keeps SQLite on the position's order: merging another index would sort every page anew.
    const ofTypes = types ? `AND +type IN (${types.map(() => '?').join(', ')})` : '';
    // A stream's name holds no byte above '~': what begins with the prefix lies between it and prefix~.
    const ofStreams = streams ? `AND (${streams.map(() => '(+stream >= ? AND +stream < ?)').join(' OR ') || 'FALSE'})` : '';
    const ofPart = part ? `AND ${partSql('+stream')} = ?` : '';
    const size = bytes === undefined ? '' : ', octet_length(data) + octet_length(metadata)';
    const page = this.statement(
      `SELECT ${columns}${size} FROM events WHERE position > ? AND position <= ? ${ofTypes} ${ofStreams} ${ofPart}
       ORDER BY position LIMIT ${limited('?')}`,
    );
    const wanted = [
      ...[...(types ?? []), ...(streams ?? []).flatMap(prefix => [prefix, `${prefix}~`])],
      ...(part ? [part.of, part.part] : []),
    ];
    const events: StoredEvent[] = [];
    const slice = (upTo: number): Slice => ({ events, upTo, ...(bytes === undefined ? {} : { bytes: sum }) });
    let [from, sum] = [after, 0];
    while (events.length < limit && sum < (bytes ?? Infinity)) {
      // By bytes in small steps: what was read of large events beyond them is thrown away.
      const most = Math.min(limit - events.length, bytes === undefined ? limit : rowsAStep);
      const rows = await retryWhileBusy(() => page.all(from, head, ...wanted, most) as unknown as [...Row, size?: number][]);
      for (const row of rows) {
        if (sum >= (bytes ?? Infinity)) return slice(from);
        events.push(stored(row));
        sum += row[10] ?? 0;
        from = row[0];
      }
      if (rows.length < most) return slice(Math.max(after, head));
    }
    return slice(from);
  }

  private async read(sql: string, parameters: (string | number)[]): Promise<StoredEvent[]> {
    const statement = this.statement(sql);
    return (await retryWhileBusy(() => statement.all(...parameters) as unknown as Row[])).map(stored);
  }

  private statement(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = rowsAsArrays(this.db.prepare(sql));
      this.statements.set(sql, statement);
    }
    return statement;
  }

  async head(): Promise<number> {
    return retryWhileBusy(() => (this.top.get() as { position: number | null }).position ?? 0);
  }

  async *streamHeads(upTo: number): AsyncIterable<StreamHead> {
    // max() picks its row's hash too: https://sqlite.org/lang_select.html#bareagg
    const page = this.statement(
      `SELECT stream, max(revision), hash FROM events WHERE stream > ? AND position <= ? GROUP BY stream ORDER BY stream LIMIT 1000`,
    );
    for (let after = ''; ;) {
      const rows = await retryWhileBusy(() => page.all(after, upTo) as unknown as [string, number, string][]);
      for (const [stream, revision, hash] of rows) yield { stream, revision, hash };
      if (rows.length === 0) return;
      after = rows.at(-1)![0];
    }
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
      if (this.mayHoldMoreThan(after)) return done();
      this.poll();
    });
  }

  /** Another process may hold the file for itself just now: then nobody knows, and whoever waits may look. */
  private mayHoldMoreThan(after: number): boolean {
    try {
      return ((this.top.get() as { position: number | null }).position ?? 0) > after;
    } catch {
      return true;
    }
  }

  /** Other connections' commits show in data_version, which takes a few microseconds to read. */
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

  audit(): Audit {
    return sqliteAudit(this.db);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.wake();
    await this.writer.close();
    closeDatabase(this.db);
  }
}

function stored(row: Row | [...Row, size?: number]): StoredEvent {
  const [position, stream, revision, id, type, version, data, metadata, previousHash, hash] = row;
  try {
    return {
      position,
      stream,
      revision,
      id,
      type,
      version,
      data: JSON.parse(data),
      metadata: JSON.parse(metadata),
      previousHash,
      hash,
    };
  } catch (error) {
    throw new CorruptEvent(stream, revision, position, error);
  }
}
