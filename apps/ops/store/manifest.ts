import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backupFile, CannotStart, isAlive, makeFolder } from '#platform';
import { z } from 'zod';
import { diskTrouble, sync } from './disk.js';

export const backupFormat = 'gongkai-backup-1';
const unfinishedFile = 'backup.incomplete';

const manifestSchema = z.strictObject({
  format: z.literal(backupFormat),
  takenAt: z.string(),
  /** Of the copied log; null where the events are on a server, and not in it. */
  log: z
    .strictObject({
      schema: z.number(),
      position: z.number(),
      events: z.number(),
      streams: z.number(),
      /** What `ops store verify` found in it. */
      findings: z.number(),
    })
    .nullable(),
  /** That server, where there is no log. */
  eventsOn: z.string().optional(),
  /** The MongoDB where the keys are, and the views, where they are in no file. */
  keysOn: z.string().optional(),
  files: z.array(
    z.strictObject({
      file: z.string().regex(/^[\w-]+(\.[\w-]+)*(\/[\w-]+(\.[\w-]+)*)*$/),
      bytes: z.number(),
      sha256: z.string(),
    }),
  ),
});
/** What a backup says of itself. It is written last: a folder without it is no backup. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Whether a file of a backup, by its name there, is one of the keys. */
export const isKeys = (file: string) => file.startsWith('keys/');

/** Makes the folder a backup's, or clears what one left that was cut short. @throws CannotStart */
export function beginBackup(target: string): void {
  try {
    makeFolder(target);
    if (!statSync(target).isDirectory()) throw Object.assign(new Error(target), { code: 'ENOTDIR' });
    const unfinished = join(target, unfinishedFile);
    if (existsSync(unfinished)) {
      const pid = Number(readFileSync(unfinished, 'utf8'));
      if (pid !== process.pid && isAlive(pid)) {
        throw new CannotStart(
          `另一个备份（进程 ${pid}）正在写入 ${target}，请换一个文件夹。 / Another backup (process ${pid}) is writing to ${target}; choose another folder.`,
        );
      }
      for (const name of ['events.db', 'events.db-journal', 'views', 'keys', 'anchors', 'folder.json', unfinishedFile])
        rmSync(join(target, name), { recursive: true, force: true });
    }
    if (readdirSync(target).length === 0) return writeFileSync(unfinished, String(process.pid));
  } catch (error) {
    throw diskTrouble(target, error);
  }
  throw new CannotStart(
    `${target} 不是空文件夹，备份不会覆盖已有文件，请换一个。 / ${target} is not empty; a backup overwrites nothing. Choose another.`,
  );
}

export function endBackup(target: string, manifest: Manifest): void {
  const unfinished = join(target, unfinishedFile);
  writeFileSync(unfinished, `${JSON.stringify(manifest, null, 2)}\n`);
  sync(unfinished);
  renameSync(unfinished, join(target, backupFile));
  sync(target);
}

/** @throws CannotStart where the folder is no backup, or none that was finished */
export function readManifest(folder: string): Manifest {
  if (!existsSync(folder)) throw new CannotStart(`没有文件夹 ${folder}。 / There is no folder ${folder}.`);
  if (existsSync(join(folder, unfinishedFile))) {
    throw new CannotStart(`${folder} 里的备份没有做完，不能使用。 / The backup in ${folder} was cut short; it cannot be used.`);
  }
  let text: string;
  try {
    text = readFileSync(join(folder, backupFile), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw diskTrouble(folder, error);
    throw new CannotStart(`${folder} 不是备份（缺 ${backupFile}）。 / ${folder} is no backup (no ${backupFile}).`);
  }
  const manifest = manifestSchema.safeParse(parsed(text));
  if (manifest.success) return manifest.data;
  throw new CannotStart(
    `${join(folder, backupFile)} 读不懂：已损坏，或由更新版本的程序写成。 / ${join(folder, backupFile)} cannot be read: damaged, or written by a newer program.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
