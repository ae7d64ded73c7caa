import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, type Verdict, verifySqliteFile, type VerifyOptions } from '#event-store';
import { CannotStart, eventsFile } from '#platform';
import { digestOf } from './disk.js';
import { isKeys, readManifest } from './manifest.js';

/** Every file of a backup against its manifest, then the log in it. Nothing is written: it may lie where nobody can. */
export async function verifyBackup(folder: string, options: VerifyOptions): Promise<Verdict> {
  const manifest = readManifest(folder);
  const damaged: Finding[] = [];
  for (const { file, sha256 } of manifest.files) {
    const copy = join(folder, file);
    // Keys may have been taken away, as they should be kept for a shorter time.
    if (!existsSync(copy)) {
      if (!isKeys(file)) damaged.push({ kind: 'damaged', why: `缺 ${file} / ${file} is missing` });
    } else if ((await digestOf(copy)) !== sha256)
      damaged.push({ kind: 'damaged', why: `${file} 与清单不符 / is not what the manifest says` });
  }
  if (!existsSync(eventsFile(folder))) {
    throw new CannotStart(`备份 ${folder} 里没有 events.db。 / There is no events.db in the backup ${folder}.`);
  }
  const verdict = await verifySqliteFile(eventsFile(folder), options);
  const found = verdict.found + damaged.length;
  return { ...verdict, ok: found === 0, findings: [...damaged, ...verdict.findings], found };
}
