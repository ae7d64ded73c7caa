import { statSync } from 'node:fs';
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';
import { engineReasonOf, isBusy } from './trouble.js';

export { answerAsks } from './answer-asks.js';
export { AskedThread, type Failure } from './asked-thread.js';
export { QueryThread } from './query-thread.js';
export { engineCodeOf, engineReasonOf, isBusy, isDamaged } from './trouble.js';

export type Database = DatabaseSyncInstance;
export type Statement = StatementSyncInstance;

/** The first version whose WAL cannot lose a commit when one connection checkpoints while another writes. */
const soundSince = [3, 51, 3] as const;

/** The engine or the file cannot be used as it is; the sentence says why and what to do. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
}

/**
 * Opens a file in WAL mode. `full`: a commit survives power loss (the event log). `normal`: it survives the process's
 * death only (read stores, which are rebuilt from the log). `pageBytes`: of a file that is only made now; SQLite's own choice is 4096.
 * @throws DatabaseUnusable
 */
export async function openDatabase(
  file: string,
  options: { durability: 'full' | 'normal'; readOnly?: boolean; pageBytes?: number },
): Promise<Database> {
  const meant = inodeOf(file);
  let db: Database;
  try {
    db = new DatabaseSync(file, { readOnly: options.readOnly ?? false });
  } catch (error) {
    throw unusable(file, error);
  }
  try {
    // Even this reads the schema, which another process may just be making.
    const { version } = await retryWhileBusy(() => db.prepare('SELECT sqlite_version() AS version').get() as { version: string });
    if (!isSound(version)) {
      throw new DatabaseUnusable(
        `SQLite ${version} 在多进程下可能丢失已提交的数据，需要 ${soundSince.join('.')} 或更新版本，请重新安装依赖（npm ci）。 / SQLite ${version} can lose commits; ${soundSince.join('.')} or newer is needed: run npm ci.`,
      );
    }
    // SQLite's own busy handler blocks the event loop and starves writers; retryWhileBusy waits instead.
    await retryWhileBusy(() => {
      db.exec('PRAGMA busy_timeout = 0');
      if (options.pageBytes !== undefined) db.exec(`PRAGMA page_size = ${options.pageBytes}`);
      if (!options.readOnly && file !== ':memory:') db.exec('PRAGMA journal_mode = WAL');
      db.exec(`PRAGMA synchronous = ${options.durability === 'full' ? 'FULL' : 'NORMAL'}; PRAGMA journal_size_limit = 67108864;`);
      // Of those who open a file at once the first to read builds the index of its WAL and turns the others away meanwhile
      // (SQLITE_BUSY_RECOVERY): whoever is given a connection is past that.
      db.exec('SELECT 1 FROM sqlite_schema LIMIT 1');
    });
    // Whoever waited for a restore has the file that was set aside: what is written there is lost.
    if (meant === undefined || inodeOf(file) === meant) return db;
    db.close();
    return openDatabase(file, options);
  } catch (error) {
    db.close();
    throw error instanceof DatabaseUnusable ? error : unusable(file, error);
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

const lockTries = 20;
const lockAgainMs = 50;

/**
 * The file for this connection alone, until the process ends; null where another process has it open, busy or idle: every
 * connection in WAL mode keeps a lock that dies with it, however it dies. To be asked first: what this process itself opened
 * before stays open, though closed, until its statements are collected.
 * @throws DatabaseUnusable
 */
export async function lockDatabase(file: string): Promise<Database | null> {
  // Without a statement, so that it closes whole: see `closeDatabase`.
  const db = new DatabaseSync(file);
  for (let tries = 1; ; tries++) {
    try {
      db.exec(
        'PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT; PRAGMA wal_checkpoint(TRUNCATE);',
      );
      return db;
    } catch (error) {
      if (!isBusy(error) || tries === lockTries) {
        db.close();
        if (isBusy(error)) return null;
        throw unusable(file, error);
      }
    }
    // A command that only looks in is gone in a moment.
    await new Promise(resolve => setTimeout(resolve, lockAgainMs));
  }
}

/**
 * Closes a connection with everything in the main file. The library cannot end prepared statements, and SQLite then keeps the
 * WAL of the last connection too: a copy of the main file alone would lack what only the WAL holds.
 */
export function closeDatabase(db: Database): void {
  try {
    db.exec('PRAGMA query_only = OFF; PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // Others are at work on the file: the last of them does it.
  }
  db.close();
}

function isSound(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, least] of soundSince.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

function unusable(file: string, error: unknown): DatabaseUnusable {
  const said = error instanceof Error ? error.message : String(error);
  const [zh, en] = engineReasonOf(error) ?? [said, said];
  return new DatabaseUnusable(
    `数据文件 ${file} 不能用：${zh}。请检查文件夹是否存在、可写，文件是否完好。 / ${file} cannot be used: ${en}. Check that the folder exists and can be written, and that the file is sound.`,
    { cause: error },
  );
}

const waitLongestMs = 30_000;

/**
 * Runs a short transaction, again after a short random delay while another process holds the lock. Random and short, so that
 * no writer starves: SQLite's own handler backs off to 100 ms and lets the others pass.
 */
export async function retryWhileBusy<T>(transaction: () => T | Promise<T>, longestMs = waitLongestMs): Promise<T> {
  const until = performance.now() + longestMs;
  for (;;) {
    try {
      return await transaction();
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
    }
    await new Promise(resolve => setTimeout(resolve, Math.random() * 3));
  }
}
