import { existsSync, linkSync, mkdirSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Config, type Folder, folderFile, folderSchema, readFolder } from './config.js';

const exampleAuthority = '四川省民政厅（示例）';

/** The data folder cannot be used; the sentence says why. */
export class FolderUnusable extends Error {
  override readonly name = 'FolderUnusable';
}

/** Makes the folder where there is none. @throws FolderUnusable */
export function useFolder(dataFolder: string): void {
  try {
    makeFolder(dataFolder);
    if (!statSync(dataFolder).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  } catch (error) {
    throw unusable(dataFolder, error);
  }
  refuseBackup(dataFolder);
}

/** What a backup says of itself; a folder that holds it is a backup's. */
export const backupFile = 'backup.json';

/** A backup that is worked on is none any more, and nobody has carried out in it what was erased since. @throws FolderUnusable */
export function refuseBackup(folder: string): void {
  if (!existsSync(join(folder, backupFile))) return;
  throw new FolderUnusable(
    `${folder} 是备份，不能直接使用：请用 ops store restore 恢复到另一个数据文件夹；只核对用 ops store verify ${folder}。 / ${folder} is a backup and not to be used as it is: ops store restore brings it into another data folder, ops store verify ${folder} only checks it.`,
  );
}

/**
 * Decides at a folder's first start what it is for, and never again: one with events (`eventsThere`: see `holdsEvents`) but without
 * a word on it is an office's. `notice`: what was asked for and is not done.
 * @throws FolderUnusable
 */
export function openFolder(
  { dataFolder, production }: Pick<Config, 'dataFolder' | 'production'>,
  { empty = false, eventsThere = false }: { empty?: boolean; eventsThere?: boolean } = {},
): { folder: Folder; notice?: string } {
  useFolder(dataFolder);
  try {
    const known = readFolder(dataFolder);
    const office = empty || production || eventsThere;
    const fresh: Folder = office
      ? { holds: 'office', loaded: true }
      : { holds: 'example', loaded: false, authority: exampleAuthority };
    const folder = known ?? firstOf(dataFolder, fresh);
    if (!known && eventsThere && !empty && !production) {
      return {
        folder,
        notice: `事件库里已有事件，而 ${dataFolder} 是新的文件夹：按办公数据启动，不载入示例。 / The event store holds events already and ${dataFolder} is new: it begins as an office's, without the example.`,
      };
    }
    if (!empty || folder.holds === 'office') return { folder };
    return {
      folder,
      notice: `数据文件夹 ${dataFolder} 已是示例数据，--empty 不改变它；要从空白开始，请用 GONGKAI_DATA 指定新的文件夹。 / ${dataFolder} holds the example and stays as it is; to start empty, name a new folder with GONGKAI_DATA.`,
    };
  } catch (error) {
    throw unusable(dataFolder, error);
  }
}

/** Step by step: Node's own recursive way never ends where a folder cannot be made in one that exists, as under /proc. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** What came from another folder stays what it was there: an example's, or an office's. One that is decided stays so. */
export function adoptFolder(dataFolder: string, from: unknown): Folder {
  try {
    makeFolder(dataFolder);
    const { success, data } = folderSchema.safeParse(from);
    return readFolder(dataFolder) ?? firstOf(dataFolder, success ? (data as Folder) : { holds: 'office', loaded: true });
  } catch (error) {
    throw unusable(dataFolder, error);
  }
}

export function markLoaded(dataFolder: string): void {
  const folder = readFolder(dataFolder);
  if (folder) renameSync(writtenAside(dataFolder, { ...folder, loaded: true }), join(dataFolder, folderFile));
}

/** Whichever process comes first decides: a link is made once. */
function firstOf(dataFolder: string, folder: Folder): Folder {
  const aside = writtenAside(dataFolder, folder);
  try {
    linkSync(aside, join(dataFolder, folderFile));
    return folder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readFolder(dataFolder)!;
  } finally {
    unlinkSync(aside);
  }
}

function writtenAside(dataFolder: string, folder: Folder): string {
  const aside = join(dataFolder, `${folderFile}.${process.pid}`);
  writeFileSync(aside, `${JSON.stringify(folder, null, 2)}\n`);
  return aside;
}

function unusable(dataFolder: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const [zh, en] = reasons[code] ?? [code, code];
  return new FolderUnusable(
    `数据文件夹 ${dataFolder} 不能用：${zh}。请用 GONGKAI_DATA 指定一个可写的文件夹。 / The data folder ${dataFolder} cannot be used: ${en}. Name a writable folder with GONGKAI_DATA.`,
    { cause: error },
  );
}

const reasons: Record<string, [string, string]> = {
  EEXIST: ['它是一个文件，不是文件夹', 'it is a file'],
  ENOTDIR: ['它的路径上有一个文件', 'a file stands in its path'],
  EACCES: ['没有权限', 'no permission'],
  EPERM: ['没有权限', 'no permission'],
  EROFS: ['所在磁盘只读', 'the disk is read-only'],
  ENOSPC: ['磁盘已满', 'the disk is full'],
  ENOENT: ['无法建立', 'it cannot be made'],
};
