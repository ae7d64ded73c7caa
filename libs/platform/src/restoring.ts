import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const prefix = '.restoring-';
const abandonedAfterMs = 24 * 3_600_000;

/** Where a restore by this process prepares what it will put in place: within the data folder, so that nothing is copied twice. */
export function restoringFolder(dataFolder: string): string {
  return join(dataFolder, `${prefix}${hostname()}-${process.pid}`);
}

/**
 * Removes what restores left that were killed: keys are among it, and an erasure must not have to look for a second file of them.
 * One that is at work stays; whoever restores calls this before it begins.
 */
export function clearRestoring(dataFolder: string): void {
  if (!existsSync(dataFolder)) return;
  for (const name of readdirSync(dataFolder)) {
    if (name.startsWith(prefix) && isAbandoned(join(dataFolder, name), name))
      rmSync(join(dataFolder, name), { recursive: true, force: true });
  }
}

function isAbandoned(folder: string, name: string): boolean {
  const here = `${prefix}${hostname()}-`;
  if (name.startsWith(here)) {
    const pid = Number(name.slice(here.length));
    return pid === process.pid || !isAlive(pid);
  }
  // Another machine's, or another container's: nobody here can know whether it lives.
  const { mtimeMs } = statSync(folder, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity };
  return Date.now() - mtimeMs > abandonedAfterMs;
}

/** What was read of a file may be half of it, or nothing. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
