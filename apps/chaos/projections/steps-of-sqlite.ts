import { DatabaseSync as Engine, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { at } from './falls.js';

export * from '@photostructure/sqlite';

const steps = [
  ['checkpoint', /^\s*UPDATE checkpoints\b/],
  ['effect', /^\s*INSERT INTO "\w+_g\d+_\w+" \(id\b/],
  ['letter', /^\s*INSERT OR REPLACE INTO dead_letters\b/],
] as const;

/** The engine as it is, but for a place to fall around each statement that commits a step of a runner. */
export class DatabaseSync extends Engine {
  private moving = false;

  override prepare(
    ...[sql, ...options]: Parameters<DatabaseSyncInstance['prepare']>
  ): ReturnType<DatabaseSyncInstance['prepare']> {
    const statement = super.prepare(sql, ...options);
    const step = steps.find(([, form]) => form.test(sql))?.[0];
    if (!step) return statement;
    const run = statement.run.bind(statement);
    // Its own `run` cannot be written over, only stood before.
    Object.defineProperty(statement, 'run', {
      value: (...values: Parameters<typeof run>) => {
        at(`before-${step}`);
        const changed = run(...values);
        if (step === 'checkpoint') this.moving = true;
        at(`after-${step}`);
        return changed;
      },
    });
    return statement;
  }

  override exec(sql: string): void {
    const commits = sql === 'COMMIT' && this.moving;
    if (commits) at('before-commit');
    super.exec(sql);
    if (sql === 'COMMIT' || sql === 'ROLLBACK') this.moving = false;
    if (commits) at('after-commit');
  }
}
