import type { ReadStore } from './read-store.js';
import { commit } from './sqlite-commit.js';
import type { Connection } from './sqlite-connection.js';
import { finish } from './sqlite-finish.js';
import { activate, create, drop, move, repart } from './sqlite-generations.js';
import { pause, swapLease } from './sqlite-registry.js';

/** What of a read store changes its file. */
export type Writes = Pick<
  ReadStore,
  'create' | 'move' | 'repart' | 'finish' | 'activate' | 'drop' | 'pause' | 'swapLease' | 'commit'
>;

export function writesOn(connection: Connection): Writes {
  return {
    create: (projection, wanted) => create(connection, projection, wanted),
    move: (at, from, to, note) => move(connection, at, from, to, note),
    repart: (at, parts, fence) => repart(connection, at, parts, fence),
    finish: (projection, at) => finish(connection, projection, at),
    activate: (at, from) => activate(connection, at, from),
    drop: at => drop(connection, at),
    pause: (projection, paused) => pause(connection, projection, paused),
    swapLease: (name, seen, next) => swapLease(connection, name, seen, next),
    commit: (projection, at, batch) => commit(connection, projection, at, batch),
  };
}
