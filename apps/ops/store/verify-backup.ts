import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, type Verdict, verifySqliteFile, type VerifyOptions } from '#event-store';
import { eventsFile } from '#platform';
import { digestOf } from './disk.js';
import { isKeys, readManifest } from './manifest.js';

/** Of a house whose events are on a server, or of a backup that lost them, which is a finding of its own. */
const noLog: Verdict = {
  ok: true,
  position: 0,
  events: 0,
  streams: 0,
  findings: [],
  found: 0,
  anchors: [],
  unprotected: { events: 0, from: null },
};

/** Every file of a backup against its manifest, then the log in it. Nothing is written: it may lie where nobody can. */
export async function verifyBackup(folder: string, options: VerifyOptions): Promise<Verdict & { keyless: string[] }> {
  const manifest = readManifest(folder);
  const damaged: Finding[] = [];
  const keyless: string[] = [];
  for (const { file, sha256 } of manifest.files) {
    const copy = join(folder, file);
    // Keys may have been taken away, as they should be kept for a shorter time.
    if (!existsSync(copy)) {
      if (isKeys(file)) keyless.push(file);
      else damaged.push({ kind: 'damaged', why: `缺 ${file} / ${file} is missing` });
    } else if ((await digestOf(copy)) !== sha256)
      damaged.push({ kind: 'damaged', why: `${file} 与清单不符 / is not what the manifest says` });
  }
  const verdict = existsSync(eventsFile(folder)) ? await verifySqliteFile(eventsFile(folder), options) : noLog;
  const found = verdict.found + damaged.length;
  return { ...verdict, ok: found === 0, findings: [...damaged, ...verdict.findings], found, keyless };
}
