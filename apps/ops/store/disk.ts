import { createHash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, fsyncSync, openSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CannotStart } from '#platform';
import { engineReasonOf } from '#sqlite';

const reasons: Record<string, readonly [zh: string, en: string]> = {
  ENOSPC: ['磁盘已满', 'the disk is full'],
  EDQUOT: ['磁盘配额已用完', 'the disk quota is used up'],
  EACCES: ['没有权限', 'no permission'],
  EPERM: ['没有权限', 'no permission'],
  EROFS: ['所在磁盘只读', 'the disk is read-only'],
  ENOENT: ['没有这个文件或文件夹', 'there is no such file or folder'],
  ENOTDIR: ['路径上有一个文件', 'a file stands in its path'],
  EISDIR: ['它是文件夹', 'it is a folder'],
  EEXIST: ['它已存在', 'it exists already'],
  EIO: ['磁盘读写出错', 'the disk cannot be read or written'],
};

/** What the disk says about a path, as one sentence; a fault of ours stays as it is. */
export function diskTrouble(path: string, error: unknown): unknown {
  const { code } = error as { code?: unknown };
  const reason = engineReasonOf(error) ?? (typeof code === 'string' ? reasons[code] : undefined);
  if (!reason) return error;
  return new CannotStart(`${path}：${reason[0]}。 / ${path}: ${reason[1]}.`, { cause: error });
}

/** SHA-256 of what is read; with `to`, also written there, and on the disk before this resolves. */
export async function digestOf(file: string, to?: { file: string; mode: number }): Promise<string> {
  const hash = createHash('sha256');
  const hashed = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      if (to) yield chunk;
    }
  };
  if (to) {
    await pipeline(createReadStream(file), hashed, createWriteStream(to.file, { mode: to.mode, flags: 'wx' }));
    sync(to.file);
  } else for await (const _ of hashed(createReadStream(file))) continue;
  return hash.digest('hex');
}

/** A file or a folder, on the disk. */
export function sync(path: string): void {
  const opened = openSync(path, 'r');
  fsyncSync(opened);
  closeSync(opened);
}
