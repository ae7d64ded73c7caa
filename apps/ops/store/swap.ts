import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { developmentMasterKeyFile, eventsFile, folderFile, keysFile } from '#platform';
import { sync } from './disk.js';
import type { OwnKeys } from './restore-keys.js';

interface Swap {
  dataFolder: string;
  staging: string;
  ownKeys: OwnKeys;
}

/**
 * Puts what was prepared in place, step by step so that a death in between leaves a folder that can be started: the keys fit either
 * log, without views they are built anew, and the log itself changes in one step. Returns where the old data is.
 */
export function swap({ dataFolder, staging, ownKeys }: Swap): string | null {
  const events = existsSync(eventsFile(staging)) ? ['events.db', 'views'] : [];
  const old = [...events, 'anchors', folderFile, ...(ownKeys === 'aside' ? ['keys'] : [])].filter(name =>
    existsSync(join(dataFolder, name)),
  );
  const aside = old.length > 0 ? makeAside(dataFolder) : null;
  const setAside = (name: string) => {
    if (aside !== null && old.includes(name)) renameSync(join(dataFolder, name), join(aside, name));
  };
  const putInPlace = (name: string) => {
    if (existsSync(join(staging, name))) renameSync(join(staging, name), join(dataFolder, name));
  };

  if (ownKeys === 'joined') replaceKeys(dataFolder, staging);
  if (ownKeys === 'aside') {
    setAside('keys');
    putInPlace('keys');
  }
  // Where the events are on a server they stay, and so do the views of them.
  setAside('views');
  setAside('anchors');
  if (existsSync(eventsFile(staging))) replaceEvents(dataFolder, staging, aside);
  putInPlace('views');
  putInPlace('anchors');
  // Never without it: a folder with events that says nothing of itself is taken for an office's.
  if (aside !== null && old.includes(folderFile)) copyFileSync(join(dataFolder, folderFile), join(aside, folderFile));
  putInPlace(folderFile);
  sync(dataFolder);
  return aside;
}

/** Beside the data folder, or in it where that is a disk of its own: nothing is copied. */
function makeAside(dataFolder: string): string {
  const name = `replaced-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`;
  const beside = `${dataFolder}.${name}`;
  try {
    mkdirSync(beside);
    if (statSync(beside).dev === statSync(dataFolder).dev) return beside;
    rmdirSync(beside);
  } catch {
    // Nobody may write there.
  }
  const within = join(dataFolder, name);
  mkdirSync(within);
  return within;
}

function replaceKeys(dataFolder: string, staging: string): void {
  // First what unwraps either file.
  const desk = developmentMasterKeyFile;
  if (existsSync(desk(staging))) renameSync(desk(staging), desk(dataFolder));
  // Everything of the old file was carried over, its WAL included; left behind, that would be read into the new one.
  for (const rest of ['-wal', '-shm']) rmSync(`${keysFile(dataFolder)}${rest}`, { force: true });
  renameSync(keysFile(staging), keysFile(dataFolder));
}

function replaceEvents(dataFolder: string, staging: string, aside: string | null): void {
  const file = eventsFile(dataFolder);
  if (aside !== null && existsSync(file)) {
    // Empty where the log could be locked; of a damaged one it is evidence.
    if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0)
      renameSync(`${file}-wal`, join(aside, 'events.db-wal'));
    try {
      linkSync(file, join(aside, 'events.db'));
    } catch {
      // A disk without links: two steps instead of one.
      renameSync(file, join(aside, 'events.db'));
    }
  }
  for (const rest of ['-wal', '-shm']) rmSync(`${file}${rest}`, { force: true });
  renameSync(eventsFile(staging), file);
  // What else lies there belonged to the copy.
  for (const name of readdirSync(staging)) if (name.startsWith('events.db-')) rmSync(join(staging, name));
}
