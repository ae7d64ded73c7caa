import { type Database, retryWhileBusy, type Statement } from '#sqlite';

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

export function connectionOf(db: Database): Connection {
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
