import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { openSqliteEventStore, verifyLog } from '#event-store';
import {
  adoptFolder,
  CannotStart,
  clearRestoring,
  type Config,
  eventsFile,
  keysFile,
  readConfig,
  readFolder,
  restoringFolder,
  useFolder,
} from '#platform';
import { reappendErasures } from '#privacy';
import { print } from '../log.js';
import { progressBar } from '../progress.js';
import { diskTrouble, digestOf } from './disk.js';
import { isKeys, type Manifest, readManifest } from './manifest.js';
import { forgetMongoViews } from './mongo-views.js';
import { nothing, openReplaced, type Replaced } from './replaced.js';
import { eraseStaged, gatherKeys, isSameHouse, type OwnKeys } from './restore-keys.js';
import { swap } from './swap.js';

/**
 * A backup becomes the data folder. Everything is prepared and verified within it first; what it held is kept aside, except the
 * keys: of those there is one file only, for an erasure would not reach a second.
 */
export async function restore(folder: string, { force = false, json }: { force?: boolean; json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const { dataFolder } = config;
  const source = resolve(folder);
  const manifest = readManifest(source);
  refuseElsewhere(manifest, config);
  useFolder(dataFolder);
  clearRestoring(dataFolder);
  const staging = restoringFolder(dataFolder);
  try {
    mkdirSync(staging, { mode: 0o700 });
    // Before anything else, and for as long as this process lives: nobody else opens it.
    const replaced = manifest.log ? await openReplaced(dataFolder) : nothing;
    if (replaced.events !== 0 && !force) throw wouldReplace(dataFolder, replaced);
    const findings = manifest.log?.findings ?? 0;
    if (findings > 0 && !force) {
      throw new CannotStart(
        `备份时事件日志已有 ${findings} 处问题；仍要照原样恢复，请加 --force。 / The log had ${findings} findings when it was backed up; --force restores it as it is.`,
      );
    }
    await copyChecked(source, manifest, staging);
    const { ownKeys, reappended, position } = await prepare(config, staging, manifest, replaced);
    await forgetMongoViews(config);
    const aside = swap({ dataFolder, staging, ownKeys });
    adoptFolder(dataFolder, readFolder(dataFolder));
    const keyless = !config.stores.mongodb && !existsSync(keysFile(dataFolder));
    const said = { from: source, to: dataFolder, takenAt: manifest.takenAt, position, aside, reappended, keys: !keyless };
    print(json, { ...said, replacedReadable: replaced.events !== null }, [
      ...(position === null
        ? [
            `密钥与锚点已恢复到 ${dataFolder}，备份于 ${manifest.takenAt}；事件在服务器上，其中的删除在下次启动时执行 / keys and anchors are restored to ${dataFolder}, as of ${manifest.takenAt}; the events are on a server, and the erasures in them are carried out at the next start`,
          ]
        : [
            `已恢复到 ${dataFolder}：位置 ${position}，备份于 ${manifest.takenAt} / restored to ${dataFolder}: position ${position}, as of ${manifest.takenAt}`,
          ]),
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
      ...(keyless
        ? [
            `备份里没有密钥：启动前请把 keys 文件夹放回 ${dataFolder}，否则个人信息读不出 / the backup holds no keys: put the folder keys back into ${dataFolder} before you start, or personal data cannot be read`,
          ]
        : []),
      ...(aside === null || position === null || !existsSync(join(aside, 'anchors'))
        ? []
        : [
            `原有的锚点在 ${join(aside, 'anchors')}：备份之前的仍与恢复的日志相符，之后的不符 / the anchors that were here are in it: those from before the backup fit the log that was restored, later ones do not`,
          ]),
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

/** The keys may have been taken away, as they should be kept for a shorter time; nothing else may be missing. */
async function copyChecked(source: string, { files }: Manifest, staging: string): Promise<void> {
  const bar = progressBar('复制 / copy');
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const { file, bytes, sha256 } of files) {
    const original = join(source, file);
    const there = existsSync(original);
    const secret = isKeys(file);
    if (!there && secret) continue;
    mkdirSync(dirname(join(staging, file)), { recursive: true, mode: secret ? 0o700 : 0o755 });
    const copy = { file: join(staging, file), mode: secret ? 0o600 : 0o644 };
    if (!there || (await digestOf(original, copy)) !== sha256) {
      const [zh, en] = there ? ['已损坏', 'is damaged'] : ['缺失', 'is missing'];
      throw new CannotStart(`备份中的 ${original} ${zh}，没有恢复。 / ${original} of the backup ${en}; nothing was restored.`);
    }
    bar.at((done += bytes), total);
  }
  bar.stop();
}

/** What is on a server is not replaced by a file, nor the other way round. */
function refuseElsewhere({ log, eventsOn, keysOn, files }: Manifest, { stores }: Config): void {
  if (stores.mongodb && files.some(({ file }) => file === 'keys/keys.db')) {
    throw new CannotStart(
      '备份里的密钥是一个文件，而 GONGKAI_MONGODB 指定了 MongoDB：请先不设 GONGKAI_MONGODB 恢复，再用 ops privacy move 移入。 / The keys of this backup are a file, while GONGKAI_MONGODB names a MongoDB: restore it without that setting, then bring them there with ops privacy move.',
    );
  }
  if (keysOn !== undefined && !stores.mongodb) {
    throw new CannotStart(
      `这个备份的密钥在 MongoDB（${keysOn}）上：请先设置 GONGKAI_MONGODB。 / The keys of this backup are on a MongoDB (${keysOn}): set GONGKAI_MONGODB first.`,
    );
  }
  if (log && stores.events) {
    throw new CannotStart(
      '事件在 GONGKAI_EVENTS 所指的服务器上，备份里的事件不能替换它们；要移到服务器上，请用 ops store import。 / The events are on the server that GONGKAI_EVENTS names and are not replaced by those of a backup; ops store import brings events to a server.',
    );
  }
  if (log || stores.events) return;
  throw new CannotStart(
    `这个备份只有密钥与锚点，事件在服务器 ${eventsOn ?? ''} 上：请先设置 GONGKAI_EVENTS。 / This backup holds keys and anchors only; the events are on ${eventsOn ?? 'a server'}: set GONGKAI_EVENTS first.`,
  );
}

interface Prepared {
  ownKeys: OwnKeys;
  /** Subjects whose erasure had to be recorded again. */
  reappended: string[];
  position: number | null;
}

async function prepare(config: Config, staging: string, { log }: Manifest, replaced: Replaced): Promise<Prepared> {
  if (!log) {
    return { ownKeys: await gatherKeys(config, staging, replaced, undefined), reappended: [], position: null };
  }
  const store = await openSqliteEventStore(eventsFile(staging));
  try {
    const bar = progressBar('核对 / verify');
    const { found, position } = await verifyLog(store, {
      progress: at => bar.at(at.position, at.head, at.events),
    }).finally(() => bar.stop());
    if (found !== log.findings || position !== log.position) {
      throw new CannotStart(
        `备份中的事件日志与其清单不符（${found} 处问题），没有恢复。 / The log of the backup is not what its manifest says (${found} findings); nothing was restored.`,
      );
    }
    const firstId = (await store.readAll({ after: 0, limit: 1 })).events[0]?.id;
    const ownKeys = await gatherKeys(config, staging, replaced, firstId);
    const reappended = await reappendErasures(store, isSameHouse(replaced, firstId) ? replaced.erasures : []);
    await eraseStaged(config, staging, store);
    return { ownKeys, reappended, position: await store.head() };
  } finally {
    await store.close();
  }
}
