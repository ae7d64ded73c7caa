import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Config, developmentMasterKeyFile, keysFile, openKeys } from '#platform';
import { applyErasures, carryKeys, type Kinship, KeysUnavailable } from '#privacy';
import type { EventStore } from '#event-store';
import type { Replaced } from './replaced.js';

/**
 * What becomes of the folder's own keys. `joined`: they and the backup's are one file, staged. `kept`: they stay, since the backup
 * has none, or on a MongoDB, with no more here than perhaps a desk's own master key. `aside`: they belong to another house's data, to
 * nobody's, or cannot be read, and go aside with what was there.
 */
export type OwnKeys = 'joined' | 'kept' | 'aside';

export async function gatherKeys(
  { dataFolder, stores }: Config,
  staging: string,
  replaced: Replaced,
  firstId: string | undefined,
): Promise<OwnKeys> {
  if (stores.mongodb) return existsSync(developmentMasterKeyFile(dataFolder)) ? 'kept' : 'aside';
  const [current, staged] = [keysFile(dataFolder), keysFile(staging)];
  if (!isSameHouse(replaced, firstId)) return 'aside';
  if (!existsSync(current)) return existsSync(staged) ? 'aside' : 'kept';
  if (!existsSync(staged)) return 'kept';
  let kinship: Kinship;
  try {
    // A folder that was only looked into, with keys of its own making: they are nobody's. Where the log was lost they are somebody's.
    kinship = await carryKeys(current, staged, { unlessNobodys: replaced.events === 0 });
  } catch (error) {
    if (error instanceof KeysUnavailable) throw error;
    process.stderr.write(
      `${current} 读不出，改用备份中的密钥；之后的删除只能由日志得知。它另存后，确认无用即应销毁。 / ${current} cannot be read: the backup's keys are used, and erasures since are known from the log only. Destroy it, where it is kept aside, once it is of no use.\n`,
    );
    return 'aside';
  }
  if (kinship === 'nobodys') return 'aside';
  joinMasters(developmentMasterKeyFile(dataFolder), developmentMasterKeyFile(staging), kinship);
  return 'joined';
}

/** Where the old log cannot be read its erasures count all the same: better one too many. */
export function isSameHouse({ firstId: current }: Replaced, restored: string | undefined): boolean {
  return current === null || restored === undefined || current === restored;
}

/** A desk's own: what wraps now comes first, and an older one is needed only where the keys had been lost. */
function joinMasters(own: string, staged: string, kinship: Kinship): void {
  const lines = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
  const masters = [...new Set([...lines(own), ...(kinship === 'anew' ? lines(staged) : [])])];
  rmSync(staged, { force: true });
  if (masters.length > 0) writeFileSync(staged, masters.map(line => `${line}\n`).join(''), { mode: 0o600 });
}

/** What the log tells is carried out on the keys that are about to be put in place; those of the folder itself follow at the next start. */
export async function eraseStaged(config: Config, staging: string, store: EventStore): Promise<void> {
  if (!existsSync(keysFile(staging))) return;
  const keys = await openKeys({ ...config, dataFolder: staging }, null);
  try {
    await applyErasures(store, keys);
  } finally {
    await keys.close();
  }
}
