import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { anchorKeyOf, type Verdict, verifyLog, type VerifyOptions } from '#event-store';
import type { Mongo } from '#mongo';
import {
  anchorFiles,
  backupFile,
  CannotStart,
  type Config,
  developmentMasterKeyFile,
  keysFile,
  openKeys,
  openMongo,
  readConfig,
} from '#platform';
import type { Keys } from '#privacy';
import { print, withLog } from '../log.js';
import { perSecond, progressBar } from '../progress.js';
import { diskTrouble } from './disk.js';
import { printedMost, sentenceFor } from './findings.js';
import { verifyBackup } from './verify-backup.js';

interface Options {
  /** Files from elsewhere, besides those in the data folder. */
  anchor?: string[];
  /** Fingerprints that may have signed them, besides the house's own. */
  key?: string[];
  json?: boolean;
}

/** Of the house's own log, or of a backup, which stays as it is. */
export async function verifyStore(backup: string | undefined, { anchor = [], key = [], json }: Options): Promise<void> {
  const config = readConfig(process.env);
  const given = anchor.map(file => ({ name: file, value: readJson(file, true) }));
  const own = await ownFingerprint(config);
  const startedAt = performance.now();
  const bar = progressBar('核对 / verify');
  const optionsFor = (folder: string): VerifyOptions => ({
    anchors: [...anchorFiles(folder).map(file => ({ name: relative(folder, file), value: readJson(file, false) })), ...given],
    fingerprints: [...(own === null ? [] : [own]), ...key],
    progress: ({ position, head, events }) => bar.at(position, head, events),
  });
  const isBackup = backup !== undefined || existsSync(resolve(config.dataFolder, backupFile));
  const folder = resolve(backup ?? config.dataFolder);
  const verdict = await (
    isBackup ? verifyBackup(folder, optionsFor(folder)) : withLog(({ log }) => verifyLog(log, optionsFor(folder)))
  ).finally(() => bar.stop());
  if (!verdict.ok) process.exitCode = 1;
  const rate = perSecond(verdict.events, startedAt);
  print(json, { folder, ...verdict, fingerprint: own, perSecond: rate }, lines(verdict, { own, rate }));
}

function lines(verdict: Verdict & { keyless?: string[] }, { own, rate }: { own: string | null; rate: number }): string[] {
  const { events, streams, position, findings, found, unprotected, anchors, keyless = [] } = verdict;
  const strangers = new Set(anchors.flatMap(({ fingerprint }) => (fingerprint && fingerprint !== own ? [fingerprint] : [])));
  return [
    `${events} 个事件、${streams} 个流，到位置 ${position}，每秒 ${rate} 个 / ${events} events in ${streams} streams, to position ${position}, ${rate}/s`,
    ...anchors.map(
      one => `${one.good ? '相符 / good' : '不符 / bad '}  ${one.name}${one.takenAt ? `  @${one.position}  ${one.takenAt}` : ''}`,
    ),
    ...(own === null ? [] : [`本机关签名密钥的指纹 / fingerprint of this house's key  ${own}`]),
    ...[...strangers].map(
      one => `由此密钥签署，请与所知的指纹比对 / signed by this key, compare it with the fingerprint you know: ${one}`,
    ),
    ...findings.slice(0, printedMost).map(finding => `! ${sentenceFor(finding)}`),
    ...(found > printedMost ? [`! …… 共 ${found} 处 / ${found} in all`] : []),
    unprotected.events === 0
      ? '全部事件都在锚点之内 / an anchor covers every event'
      : `最后一个相符的锚点之后有 ${unprotected.events} 个事件，从位置 ${unprotected.from} 起，尚无锚点保护 / no anchor protects ${unprotected.events} events, from position ${unprotected.from} on`,
    ...(keyless.length === 0
      ? []
      : [
          `不含 ${keyless.join('、')}：恢复时须另行放回，否则个人信息读不出 / without ${keyless.join(', ')}: to be put back at a restore, or personal data cannot be read`,
        ]),
    found === 0 ? '完好 / intact' : `发现 ${found} 处问题 / ${found} findings`,
  ];
}

/** What is given by name must be there; what stands in the folder and cannot be read is a finding. */
function readJson(file: string, asked: boolean): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (asked && !(error instanceof SyntaxError)) throw diskTrouble(file, error);
    return null;
  }
}

/** Null where the house's own key cannot be had, as of a copy without keys: then whoever verifies compares for themselves. */
async function ownFingerprint(config: Config): Promise<string | null> {
  const { dataFolder, masterKey, production } = config;
  const there = config.stores.mongodb !== undefined || existsSync(keysFile(dataFolder));
  const openable = masterKey.keys ?? masterKey.file ?? (!production && existsSync(developmentMasterKeyFile(dataFolder)));
  // Of a backup nothing is opened that would be written to by that alone.
  if (!there || existsSync(resolve(dataFolder, backupFile)) || !openable) return null;
  let mongo: Mongo | null = null;
  let keys: Keys | undefined;
  try {
    mongo = await openMongo(config);
    keys = await openKeys(config, mongo);
    const missing = () => {
      throw new CannotStart('no anchor was ever taken');
    };
    return (await anchorKeyOf(await keys.secret('anchor', missing))).fingerprint;
  } catch {
    return null;
  } finally {
    await keys?.close();
    await mongo?.close();
  }
}
