import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { shownAddress, type Verdict, verifySqliteFile } from '#event-store';
import { readMongoUrl } from '#mongo';
import { anchorFiles, CannotStart, developmentMasterKeyFile, eventsFile, folderFile, keysFile } from '#platform';
import { isDamaged, openDatabase } from '#sqlite';
import { print, withLog } from '../log.js';
import { progressBar } from '../progress.js';
import { diskTrouble, digestOf, sync } from './disk.js';
import { backupFormat, beginBackup, endBackup, isKeys, type Manifest } from './manifest.js';

/**
 * A copy of the folder while the house runs, consistent in itself, checked once it is written. What is on a server is backed up by the
 * server's own means: without the events the copy holds keys and anchors, and without the keys those that a MongoDB has not.
 */
export async function backup(folder: string, { json }: { json?: boolean }): Promise<void> {
  const target = resolve(folder);
  await withLog(async ({ config: { dataFolder, stores } }) => {
    beginBackup(target);
    try {
      const eventsOn = stores.events && shownAddress(stores.events.url);
      const keysOn = stores.mongodb && readMongoUrl(stores.mongodb.url).shown;
      const files = await copyAll(dataFolder, target, { eventsOn, keysOn });
      const log = eventsOn === undefined ? await verified(target) : null;
      const said = {
        takenAt: new Date().toISOString(),
        log,
        ...(eventsOn === undefined ? {} : { eventsOn }),
        ...(keysOn === undefined ? {} : { keysOn }),
      };
      const manifest: Manifest = { format: backupFormat, ...said, files };
      endBackup(target, manifest);
      if (log && log.findings > 0) process.exitCode = 1;
      print(json, { from: dataFolder, to: target, ...manifest }, [
        ...files.map(({ file, bytes }) => `${file}  ${bytes} B`),
        ...(log ? told(target, log) : toldWithout(target, eventsOn!)),
        ...(keysOn === undefined ? [] : [toldWithoutKeys(keysOn)]),
      ]);
    } catch (error) {
      throw diskTrouble(target, error);
    }
  });
}

function told(target: string, { events, position, findings }: NonNullable<Manifest['log']>): string[] {
  return [
    `已备份到 ${target}：${events} 个事件，到位置 ${position} / copied to ${target}: ${events} events, to position ${position}`,
    findings === 0
      ? '已核对，完好；恢复用 ops store restore / verified, intact; ops store restore brings it back'
      : `注意：事件日志本身有 ${findings} 处问题，见 ops store verify / but the log itself has ${findings} findings: see ops store verify`,
  ];
}

function toldWithout(target: string, server: string): string[] {
  return [
    `已备份到 ${target}，不含事件：事件在 ${server}，请另用服务器自己的备份或 ops store export / copied to ${target}, without events: those are on ${server} and need the server's own backup, or ops store export`,
  ];
}

function toldWithoutKeys(server: string): string {
  return `视图与密钥在 ${server}，不在备份中，请另用服务器自己的备份（在本备份之后） / views and keys are on ${server} and not in it: they need the server's own backup, taken after this one`;
}

async function copyAll(
  dataFolder: string,
  target: string,
  { eventsOn, keysOn }: Pick<Manifest, 'eventsOn' | 'keysOn'>,
): Promise<Manifest['files']> {
  // Views and anchors before events: they may lie behind their log, never ahead of it. Keys after events: every one is there.
  const views = (eventsOn ?? keysOn) ? [] : viewsOf(dataFolder);
  // A desk's own master key only: an installation's is a setting, and is kept elsewhere than what it wraps.
  const plain = [join(dataFolder, folderFile), ...anchorFiles(dataFolder)];
  const databases = [
    ...views,
    ...(eventsOn === undefined ? [eventsFile(dataFolder)] : []),
    ...(keysOn === undefined ? [keysFile(dataFolder)] : []),
  ];
  const sources = [...plain, ...databases, developmentMasterKeyFile(dataFolder)].filter(existsSync);
  const total = sources.reduce((sum, source) => sum + statSync(source).size, 0);
  const bar = progressBar('备份 / backup');
  const copied: Manifest['files'] = [];
  let done = 0;
  for (const source of sources) {
    bar.at(done, total);
    const file = relative(dataFolder, source);
    const copy = join(target, file);
    const secret = isKeys(file);
    mkdirSync(dirname(copy), { recursive: true, ...(secret ? { mode: 0o700 } : {}) });
    if (databases.includes(source)) {
      try {
        await copyLive(source, copy, secret);
      } catch (error) {
        if (!views.includes(source) || !isDamaged(error)) throw error;
        // A view is built anew from the events: a broken one must not keep them from being copied.
        rmSync(copy, { force: true });
        process.stderr.write(
          `${source} 已损坏，未备份；它会由事件重建。 / damaged, left out; it is built anew from the events.\n`,
        );
        continue;
      }
    } else await digestOf(source, { file: copy, mode: secret ? 0o600 : 0o644 });
    copied.push({ file, bytes: statSync(copy).size, sha256: await digestOf(copy) });
    done += statSync(source).size;
  }
  bar.at(done, total);
  bar.stop();
  return copied;
}

function viewsOf(dataFolder: string): string[] {
  const folder = join(dataFolder, 'views');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(name => /^[\w-]+\.db$/.test(name))
    .map(name => join(folder, name));
}

/** One read transaction: what commits meanwhile is not in the copy, and nobody waits. */
async function copyLive(source: string, copy: string, secret: boolean): Promise<void> {
  const live = await openDatabase(source, { durability: 'normal', readOnly: true });
  try {
    live.prepare('VACUUM INTO ?').run(copy);
  } finally {
    live.close();
  }
  if (secret) chmodSync(copy, 0o600);
  sync(copy);
  const check = await openDatabase(copy, { durability: 'normal', readOnly: true });
  try {
    const { quick_check: found } = check.prepare('PRAGMA quick_check').get() as { quick_check: string };
    if (found !== 'ok')
      throw new CannotStart(`备份 ${copy} 未通过检查：${found}。 / The copy ${copy} did not pass its check: ${found}.`);
  } finally {
    check.close();
  }
}

/** The copied log, as whoever restores it will read it. */
async function verified(target: string) {
  const bar = progressBar('核对 / verify');
  try {
    const { schema, position, events, streams, found }: Verdict & { schema: number } = await verifySqliteFile(
      eventsFile(target),
      {
        progress: at => bar.at(at.position, at.head, at.events),
      },
    );
    return { schema, position, events, streams, findings: found };
  } finally {
    bar.stop();
  }
}
