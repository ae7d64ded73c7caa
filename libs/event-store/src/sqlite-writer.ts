import type { Database } from '#sqlite';
import { eventHash, noHash } from './chain.js';
import {
  type Appended,
  type Expected,
  IdempotencyConflict,
  StreamIsDeleted,
  streamDeletedType,
  type StreamCheck,
  WrongExpectedRevision,
} from './port.js';
import type { Prepared, PreparedEvent } from './prepare.js';
import { rowsAsArrays } from './sqlite-schema.js';

/** Where a fault may be put: between any two statements of an append. */
export type Step = 'before-begin' | 'after-begin' | 'before-insert' | 'after-insert' | 'before-commit' | 'after-commit';

/**
 * Appends within a transaction that the caller has begun, all or nothing. An append looks before it writes, so that what it
 * refuses leaves its neighbours in the same transaction alone.
 */
export type Write = (appends: readonly Prepared[], checks: readonly StreamCheck[], reached: (step: Step) => void) => Appended[];

type Last = [revision: number, hash: string, type: string];
const noLast: Last = [-1, noHash, ''];
/** SQLITE_CONSTRAINT_UNIQUE */
const uniqueViolated = 2067;

export function sqliteWriter(db: Database): Write {
  const last = rowsAsArrays(
    db.prepare('SELECT revision, hash, type FROM events WHERE stream = ? ORDER BY revision DESC LIMIT 1'),
  );
  const known = db.prepare(
    "SELECT revision, position, metadata ->> '$.commandDigest' AS digest FROM events WHERE id = ? AND stream = ?",
  );
  const insert = db.prepare(
    'INSERT INTO events (stream, revision, id, type, version, data, metadata, previous_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const deletion = db.prepare("SELECT data ->> '$.kind' AS kind FROM events WHERE stream = ? AND revision = ?");
  const lastOf = (stream: string) => last.get(stream) as unknown as Last | undefined;

  function alreadyStored({ stream, events }: Prepared): Appended | undefined {
    const found = events.map(
      ({ id }) => known.get(id, stream) as { revision: number; position: number; digest: string | null } | undefined,
    );
    if (found.every(one => one === undefined)) return undefined;
    const first = found[0]?.revision ?? NaN;
    const same = found.every((one, index) => one?.revision === first + index && one.digest === digestOf(events[index]!));
    if (!same) throw new IdempotencyConflict(stream);
    const { revision, position } = found.at(-1)!;
    return { revision, position, idempotent: true };
  }

  /** A hard deletion is told by its data, which is read only where the last event is a deletion. */
  const isHard = (stream: string, [revision, , type]: Last) =>
    type === streamDeletedType && (deletion.get(stream, revision) as { kind: string }).kind === 'hard';

  function expect(stream: string, expected: Expected, at: Last | undefined): void {
    if (expected === 'any') return;
    const actual = at?.[0] ?? -1;
    const there = at !== undefined && at[2] !== streamDeletedType;
    const met = expected === 'none' ? !there : expected === 'exists' ? there : actual === expected;
    if (!met) throw new WrongExpectedRevision(stream, expected, actual);
  }

  function append(prepared: Prepared, reached: (step: Step) => void): Appended {
    const { stream, expected } = prepared;
    if (expected === 'none') {
      try {
        return insertAfter(noLast, prepared, reached);
      } catch (error) {
        // The first revision is taken: the stream is there. Nothing was written, and no position is used up.
        if ((error as { errcode?: number }).errcode !== uniqueViolated) throw error;
      }
    }
    const at = lastOf(stream);
    // Ids belong to their stream: a new one knows none.
    const again = at && alreadyStored(prepared);
    if (again) return again;
    if (at && isHard(stream, at)) throw new StreamIsDeleted(stream);
    expect(stream, expected, at);
    return insertAfter(at ?? noLast, prepared, reached);
  }

  function insertAfter([last, hash]: Last, { stream, events }: Prepared, reached: (step: Step) => void): Appended {
    let revision = last;
    let previous = hash;
    let position = 0;
    for (const event of events) {
      const { id, type, version, data, metadata } = event;
      revision += 1;
      const own = eventHash(previous, { stream, revision, id, type, version }, data, metadata);
      reached('before-insert');
      position = Number(insert.run(stream, revision, id, type, version, data, metadata, previous, own).lastInsertRowid);
      reached('after-insert');
      previous = own;
    }
    return { revision, position, idempotent: false };
  }

  return (appends, checks, reached) => {
    for (const { stream, expected } of checks) expect(stream, expected, lastOf(stream));
    if (appends.length === 1) return [append(appends[0]!, reached)];
    db.exec('SAVEPOINT several');
    try {
      const appended = appends.map(one => append(one, reached));
      db.exec('RELEASE several');
      return appended;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK TO several; RELEASE several');
      throw error;
    }
  };
}

function digestOf({ metadata }: PreparedEvent): string | null {
  return (JSON.parse(metadata) as { commandDigest?: string }).commandDigest ?? null;
}
