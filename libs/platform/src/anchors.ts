import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Anchor,
  type AnchorKey,
  anchorKeyOf,
  checkAnchor,
  type EventStore,
  newAnchorSecret,
  positionText,
  takeAnchor,
} from '#event-store';
import type { Keys } from '#privacy';
import { CannotStart } from './startup.js';

function anchorsFolder(dataFolder: string): string {
  return join(dataFolder, 'anchors');
}

/** The key that signs anchors, made at the first one. */
async function anchorKey(keys: Keys): Promise<AnchorKey> {
  return anchorKeyOf(await keys.secret('anchor', newAnchorSecret));
}

export interface KeptAnchor {
  file: string;
  anchor: Anchor;
  /** There was one of this position already: it stays as it is. */
  already: boolean;
}

/**
 * One anchor a position: whoever asks again gets the first one. `upTo`: a position, by default the head.
 * @throws CannotStart where what stands in its place is no anchor any more
 */
export async function keepAnchor(
  { dataFolder, store, keys }: { dataFolder: string; store: EventStore; keys: Keys },
  { upTo, now, reason }: { upTo?: number; now: Date; reason: string },
): Promise<KeptAnchor> {
  const position = upTo ?? (await store.head());
  const file = join(anchorsFolder(dataFolder), `anchor-${positionText(position)}.json`);
  if (existsSync(file)) return { file, anchor: await readAnchor(file), already: true };
  const anchor = await takeAnchor(store, { upTo: position, takenAt: now.toISOString(), reason }, await anchorKey(keys));
  const already = !writeAnchor(file, anchor);
  return { file, anchor: already ? await readAnchor(file) : anchor, already };
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
function writeAnchor(file: string, anchor: Anchor): boolean {
  mkdirSync(dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}`;
  try {
    writeSynced(aside, 'w', anchorText(anchor));
    linkSync(aside, file);
    const folder = openSync(dirname(file), 'r');
    fsyncSync(folder);
    closeSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** An anchor as a file holds it. */
export function anchorText(anchor: Anchor): string {
  return `${JSON.stringify(anchor, null, 2)}\n`;
}

/** On the disk when this returns. `wx`: only where there is none. */
export function writeSynced(file: string, flag: 'w' | 'wx', text: string): void {
  const opened = openSync(file, flag);
  try {
    writeFileSync(opened, text);
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

async function readAnchor(file: string): Promise<Anchor> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // What it is then, the check says.
  }
  const checked = await checkAnchor(value);
  if ('anchor' in checked) return checked.anchor;
  throw new CannotStart(
    `锚点文件 ${file} 已损坏或被改动：请用 ops store verify 核对，移走它之后再存证。 / The anchor in ${file} is damaged or was changed: see ops store verify, and anchor again once it is moved away.`,
  );
}
