/** Why the engine refuses, in words for people; by primary result code: https://sqlite.org/rescode.html */
const reasons: Record<number, readonly [zh: string, en: string]> = {
  5: ['被另一个程序锁住太久', 'locked by another program for too long'],
  6: ['被另一个程序锁住太久', 'locked by another program for too long'],
  8: ['只读', 'read-only'],
  10: ['磁盘读写出错', 'the disk cannot be read or written'],
  11: ['已损坏，请核对（ops store verify）或从备份恢复', 'damaged; see ops store verify, or restore a backup'],
  13: ['磁盘已满', 'the disk is full'],
  14: [
    '打不开，可能没有权限、所在磁盘只读或已满',
    'cannot be opened; there may be no permission, or the disk is read-only or full',
  ],
  26: ['不是数据库', 'not a database'],
};

/** The engine's extended result code; undefined for what is no error of the engine's. */
export function engineCodeOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode : undefined;
}

/** Undefined where it is no error of the engine's, or one that no person can mend. */
export function engineReasonOf(error: unknown): readonly [zh: string, en: string] | undefined {
  return reasons[(engineCodeOf(error) ?? 0) & 0xff];
}

/** The file itself is broken, whatever the disk is like. */
export function isDamaged(error: unknown): boolean {
  const code = (engineCodeOf(error) ?? engineCodeOf((error as Error).cause ?? {}) ?? 0) & 0xff;
  return code === 11 || code === 26;
}

/** Another connection holds the lock just now: SQLITE_BUSY or SQLITE_LOCKED. */
export function isBusy(error: unknown): boolean {
  const code = (engineCodeOf(error) ?? 0) & 0xff;
  return code === 5 || code === 6;
}
