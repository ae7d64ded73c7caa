import { chmodSync, closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CannotStart, developmentMasterKeyFile, eventsFile, folderFile, keysFile, viewsFile } from '#platform';
import { openDatabase } from '#sqlite';
import { print, rooms, withFiles } from './files.js';

export async function backup(folder: string, { json }: { json?: boolean }): Promise<void> {
  const target = resolve(folder);
  await withFiles(async ({ config }) => {
    makeEmpty(target);
    const copied: { file: string; bytes: number }[] = [];
    // Views before events: a restored view may lie behind its log, never ahead of it. Keys after events: every one is there.
    const keys = keysFile(config.dataFolder);
    const sources = [...Object.keys(rooms).map(room => viewsFile(config.dataFolder, room)), eventsFile(config.dataFolder), keys];
    for (const source of sources.filter(existsSync)) {
      const copy = join(target, source.slice(config.dataFolder.length + 1));
      mkdirSync(dirname(copy), { recursive: true });
      await copyLive(source, copy);
      if (source === keys) chmodSync(copy, 0o600);
      copied.push({ file: copy, bytes: statSync(copy).size });
    }
    const word = join(config.dataFolder, folderFile);
    if (existsSync(word)) copyFileSync(word, join(target, folderFile));
    // A desk's own master key only: an installation's is a setting, and is kept elsewhere than what it wraps.
    const desk = developmentMasterKeyFile(config.dataFolder);
    if (existsSync(desk)) copyFileSync(desk, developmentMasterKeyFile(target));
    print(json, { from: config.dataFolder, to: target, files: copied }, [
      ...copied.map(({ file, bytes }) => `${file}  ${bytes} B`),
      `已备份到 ${target}；要使用它，把 GONGKAI_DATA 指向它。 / Copied to ${target}; to use it, point GONGKAI_DATA there.`,
    ]);
  });
}

/** One read transaction: what commits meanwhile is not in the copy, and nobody waits. */
async function copyLive(source: string, copy: string): Promise<void> {
  const live = await openDatabase(source, { durability: 'normal', readOnly: true });
  try {
    live.prepare('VACUUM INTO ?').run(copy);
  } finally {
    live.close();
  }
  const written = openSync(copy, 'r+');
  fsyncSync(written);
  closeSync(written);
  const check = await openDatabase(copy, { durability: 'normal', readOnly: true });
  try {
    const { quick_check: found } = check.prepare('PRAGMA quick_check').get() as { quick_check: string };
    if (found !== 'ok')
      throw new CannotStart(`备份 ${copy} 未通过检查：${found}。 / The copy ${copy} did not pass its check: ${found}.`);
  } finally {
    check.close();
  }
}

function makeEmpty(target: string): void {
  try {
    mkdirSync(target, { recursive: true });
    if (readdirSync(target).length === 0) return;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CannotStart(`不能备份到 ${target}（${why}）。 / Cannot copy to ${target} (${why}).`, { cause: error });
  }
  throw new CannotStart(
    `${target} 不是空文件夹，备份不会覆盖已有文件，请换一个。 / ${target} is not empty; a backup overwrites nothing. Choose another.`,
  );
}
