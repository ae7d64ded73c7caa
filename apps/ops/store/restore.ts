import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type EventStore, openSqliteEventStore, type StoredEvent, verifyLog } from '#event-store';
import {
  adoptFolder,
  CannotStart,
  type Config,
  developmentMasterKeyFile,
  eventsFile,
  keysFile,
  openKeys,
  readConfig,
  readFolder,
} from '#platform';
import { carryKeys, KeysUnavailable, reapplyErasures } from '#privacy';
import { openDatabase } from '#sqlite';
import { print } from '../files.js';
import { progressBar } from '../progress.js';
import { diskTrouble, digestOf } from './disk.js';
import { type Manifest, readManifest } from './manifest.js';
import { openReplaced, type Replaced } from './replaced.js';
import { swap } from './swap.js';

const stagingPrefix = '.restoring-';

interface Json {
  json?: boolean | undefined;
}

/**
 * A backup becomes the data folder. Everything is prepared and verified beside it first; what it held is kept aside, except the
 * keys: of those there is one file only, for an erasure would not reach a second.
 */
export async function restore(folder: string, { force = false, json }: Json & { force?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const { dataFolder } = config;
  const source = resolve(folder);
  const manifest = readManifest(source);
  // First of all, and for as long as this process lives: nobody else opens it.
  const replaced = await openReplaced(dataFolder);
  if (replaced.events !== 0 && !force) throw wouldReplace(dataFolder, replaced);
  if (manifest.findings > 0 && !force) {
    throw new CannotStart(
      `备份时事件日志已有 ${manifest.findings} 处问题；仍要照原样恢复，请加 --force。 / The log had ${manifest.findings} findings when it was backed up; --force restores it as it is.`,
    );
  }
  const staging = join(dataFolder, `${stagingPrefix}${process.pid}`);
  try {
    clearStagings(dataFolder);
    await copyChecked(source, manifest, staging, { json });
    const prepared = await prepare(config, staging, manifest, replaced, { json });
    const aside = swap({ dataFolder, staging, ownKeys: prepared.ownKeys });
    adoptFolder(dataFolder, readFolder(dataFolder));
    const { position, reappended, droppedViews } = prepared;
    const said = { from: source, to: dataFolder, takenAt: manifest.takenAt, position, aside, reappended, droppedViews };
    print(json, { ...said, replacedReadable: replaced.events !== null }, [
      `已恢复到 ${dataFolder}：位置 ${position}，备份于 ${manifest.takenAt} / restored to ${dataFolder}: position ${position}, as of ${manifest.takenAt}`,
      ...(aside === null ? [] : [`原有数据另存于 ${aside} / what it held is kept in ${aside}`]),
      ...(reappended.length > 0
        ? [
            `备份之后的 ${reappended.length} 项删除已重新记录并执行 / ${reappended.length} erasures made since the backup were recorded again and carried out`,
          ]
        : []),
      ...(replaced.events === null
        ? [
            '原有日志读不出，其中的删除只能由密钥文件得知 / the log it held cannot be read: its erasures are known from the keys only',
          ]
        : []),
      ...droppedViews.map(view => `${view} 与日志不符，将由事件重建 / does not fit the log, it is built anew from the events`),
      '备份之后的锚点不再适用；启动前可用 ops store verify 核对 / anchors taken since the backup do not fit any more; ops store verify checks before you start',
    ]);
  } catch (error) {
    throw diskTrouble(dataFolder, error);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function wouldReplace(dataFolder: string, { events }: Replaced): CannotStart {
  const [zh, en] = events === null ? ['读不出的数据', 'data that cannot be read'] : [`${events} 个事件`, `${events} events`];
  return new CannotStart(
    `${dataFolder} 里有${zh}；要替换（原有数据会另存），请加 --force。 / ${dataFolder} holds ${en}; to replace it (it is kept aside), add --force.`,
  );
}

/** What a restore left that was killed before it changed anything. */
function clearStagings(dataFolder: string): void {
  mkdirSync(dataFolder, { recursive: true });
  for (const name of readdirSync(dataFolder))
    if (name.startsWith(stagingPrefix)) rmSync(join(dataFolder, name), { recursive: true, force: true });
}

async function copyChecked(source: string, { files }: Manifest, staging: string, { json }: Json): Promise<void> {
  const bar = progressBar('复制 / copy', { json });
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const { file, bytes, sha256 } of files) {
    const original = join(source, file);
    const secret = dirname(file) === 'keys';
    mkdirSync(dirname(join(staging, file)), { recursive: true, mode: secret ? 0o700 : 0o755 });
    const read = existsSync(original)
      ? await digestOf(original, { file: join(staging, file), mode: secret ? 0o600 : 0o644 })
      : null;
    if (read !== sha256) {
      const [zh, en] = read === null ? ['缺失', 'is missing'] : ['已损坏', 'is damaged'];
      throw new CannotStart(`备份中的 ${original} ${zh}，没有恢复。 / ${original} of the backup ${en}; nothing was restored.`);
    }
    bar.at((done += bytes), total);
  }
  bar.stop();
}

async function prepare(config: Config, staging: string, manifest: Manifest, replaced: Replaced, { json }: Json) {
  const store = await openSqliteEventStore(eventsFile(staging));
  try {
    const bar = progressBar('核对 / verify', { json });
    const { found, position } = await verifyLog(store, {
      progress: at => bar.at(at.position, at.head, at.events),
    }).finally(() => bar.stop());
    if (found !== manifest.findings || position !== manifest.position) {
      throw new CannotStart(
        `备份中的事件日志与其清单不符（${found} 处问题），没有恢复。 / The log of the backup is not what its manifest says (${found} findings); nothing was restored.`,
      );
    }
    // Where the old log cannot be read, its erasures count all the same: better one too many.
    const firstId = (await store.readAll({ after: 0, limit: 1 })).events[0]?.id;
    const sameLog = replaced.firstId === null || firstId === undefined || replaced.firstId === firstId;
    const ownKeys = sameLog && (await gatherKeys(config.dataFolder, staging));
    const reappended = await carryErasures(config, staging, store, sameLog ? replaced.erasures : []);
    return { ownKeys, reappended, droppedViews: await dropAhead(staging, position), position: await store.head() };
  } finally {
    await store.close();
  }
}

/** The folder's own keys and those of the backup, in one file. False: the folder's are missing or damaged, and go aside. */
async function gatherKeys(dataFolder: string, staging: string): Promise<boolean> {
  const [current, staged] = [keysFile(dataFolder), keysFile(staging)];
  if (!existsSync(current)) return false;
  if (!existsSync(staged)) return true;
  try {
    await carryKeys(current, staged);
  } catch (error) {
    if (error instanceof KeysUnavailable) throw error;
    process.stderr.write(
      `${current} 读不出，改用备份中的密钥；之后的删除只能由日志得知。 / ${current} cannot be read: the backup's keys are used, and erasures since are known from the log only.\n`,
    );
    return false;
  }
  const [own, given] = [developmentMasterKeyFile(dataFolder), developmentMasterKeyFile(staging)];
  if (existsSync(own)) copyFileSync(own, given);
  return true;
}

/** Facts that the backup lacks are appended again, and all of them are carried out. */
async function carryErasures(config: Config, staging: string, store: EventStore, erasures: readonly StoredEvent[]) {
  const folder = [staging, config.dataFolder].find(one => existsSync(keysFile(one)));
  if (folder === undefined) return [];
  const keys = await openKeys({ ...config, dataFolder: folder });
  try {
    return await reapplyErasures(store, keys, erasures);
  } finally {
    await keys.close();
  }
}

/** A view may lie behind its log, never ahead of it. */
async function dropAhead(staging: string, position: number): Promise<string[]> {
  const folder = join(staging, 'views');
  const dropped: string[] = [];
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const db = await openDatabase(join(folder, name), { durability: 'normal', readOnly: true });
    const { ahead } = db.prepare('SELECT count(*) AS ahead FROM projections WHERE position > ?').get(position) as {
      ahead: number;
    };
    db.close();
    if (ahead === 0) continue;
    rmSync(join(folder, name));
    dropped.push(`views/${name}`);
  }
  return dropped;
}
