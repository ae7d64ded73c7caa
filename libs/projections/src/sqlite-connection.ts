import { type Database, openDatabase, retryWhileBusy, type Statement } from '#sqlite';

export type Value = string | number | null;

/** One connection with its statements. The library cannot end a statement: each is prepared once, as long as its tables live. */
export interface Connection {
  readonly db: Database;
  prepared(sql: string): Statement;
  all<T>(sql: string, ...values: Value[]): T[];
  one<T>(sql: string, ...values: Value[]): T | undefined;
  /** Rows changed. */
  run(sql: string, ...values: Value[]): number;
  /** `work` with nobody else writing; again where another holds the file, so it must be repeatable. */
  transaction<T>(work: () => T): Promise<T>;
  /** Lets go of all statements, so that those of dropped tables are collected. */
  forget(): void;
}

/** Documents of some kilobytes, of which several should find room in a page. */
const pageBytes = 16 << 10;
const cacheBytes = 32 << 20;
/** A build copies back what it wrote after so much: page by page, however often each was written. */
const buildBytes = 64 << 20;

/** `autocheckpointBytes`: written since the last copying back, after which a commit does it. @throws DatabaseUnusable */
export async function connectTo(file: string, autocheckpointBytes = buildBytes): Promise<Connection> {
  const db = await openDatabase(file, { durability: 'normal', pageBytes });
  try {
    // A build writes at random all over its tables: with SQLite's 2 MB it would read and write most pages again and again.
    db.exec(`PRAGMA cache_size = -${cacheBytes / 1024}; PRAGMA wal_autocheckpoint = ${autocheckpointBytes / pageBytes};`);
  } catch (error) {
    db.close();
    throw error;
  }
  return connectionOf(db);
}

/** Bytes written and not yet copied back. */
export function uncheckpointedBytes({ one }: Connection): number {
  const { log, checkpointed } = one<{ log: number; checkpointed: number }>('PRAGMA wal_checkpoint(NOOP)')!;
  return (log - checkpointed) * pageBytes;
}

function connectionOf(db: Database): Connection {
  const statements = new Map<string, Statement>();
  const prepared = (sql: string) => {
    let statement = statements.get(sql);
    if (!statement) statements.set(sql, (statement = db.prepare(sql)));
    return statement;
  };
  return {
    db,
    prepared,
    all: <T>(sql: string, ...values: Value[]) => prepared(sql).all(...values) as T[],
    one: <T>(sql: string, ...values: Value[]) => prepared(sql).get(...values) as T | undefined,
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    forget: () => statements.clear(),
    transaction: work =>
      retryWhileBusy(() => {
        db.exec('BEGIN IMMEDIATE');
        try {
          const result = work();
          db.exec('COMMIT');
          return result;
        } catch (error) {
          if (db.isTransaction) db.exec('ROLLBACK');
          throw error;
        }
      }),
  };
}
