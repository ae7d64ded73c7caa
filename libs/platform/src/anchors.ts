import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Anchor,
  type AnchorKey,
  anchorKeyOf,
  type EventStore,
  newAnchorSecret,
  positionText,
  takeAnchor,
} from '#event-store';
import type { Keys } from '#privacy';

export function anchorsFolder(dataFolder: string): string {
  return join(dataFolder, 'anchors');
}

/** The key that signs anchors, made at the first one. */
export async function anchorKey(keys: Keys): Promise<AnchorKey> {
  return anchorKeyOf(await keys.secret('anchor', newAnchorSecret));
}

export interface KeptAnchor {
  file: string;
  anchor: Anchor;
  /** There was one of this position already: it stays as it is. */
  already: boolean;
}

/** One anchor a position: whoever asks again gets the first one. `upTo`: a position, by default the head. */
export async function keepAnchor(
  { dataFolder, store, keys }: { dataFolder: string; store: EventStore; keys: Keys },
  { upTo, now, reason }: { upTo?: number; now: Date; reason: string },
): Promise<KeptAnchor> {
  const position = upTo ?? (await store.head());
  const file = join(anchorsFolder(dataFolder), `anchor-${positionText(position)}.json`);
  if (existsSync(file)) return { file, anchor: readAnchor(file), already: true };
  const anchor = await takeAnchor(store, { upTo: position, takenAt: now.toISOString(), reason }, await anchorKey(keys));
  const already = !writeAnchor(file, anchor);
  return { file, anchor: already ? readAnchor(file) : anchor, already };
}

/** The anchors of a data folder, oldest first. */
export function anchorFiles(dataFolder: string): string[] {
  const folder = anchorsFolder(dataFolder);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(name => /^anchor-\d{16}\.json$/.test(name))
    .sort()
    .map(name => join(folder, name));
}

/** Whole or not at all, and never over another one: false where there is one. */
export function writeAnchor(file: string, anchor: Anchor): boolean {
  mkdirSync(dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}`;
  const opened = openSync(aside, 'w');
  try {
    writeSync(opened, `${JSON.stringify(anchor, null, 2)}\n`);
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
  try {
    linkSync(aside, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    unlinkSync(aside);
  }
}

function readAnchor(file: string): Anchor {
  return JSON.parse(readFileSync(file, 'utf8')) as Anchor;
}
