import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { anchorKeyOf, type Finding, verifyLog } from '#event-store';
import { anchorFiles, CannotStart, type Config, developmentMasterKeyFile, keysFile, openKeys } from '#platform';
import { print, withFiles } from '../files.js';
import { perSecond, progressBar } from '../progress.js';
import { diskTrouble } from './disk.js';

interface Options {
  /** Files from elsewhere, besides those in the data folder. */
  anchor?: string[];
  /** Fingerprints that may have signed them, besides the house's own. */
  key?: string[];
  json?: boolean;
}

const printedMost = 50;

export async function verifyStore({ anchor = [], key = [], json }: Options): Promise<void> {
  await withFiles(async ({ config, log }) => {
    const given = anchor.map(file => ({ name: file, value: readJson(file, true) }));
    const kept = anchorFiles(config.dataFolder).map(file => ({
      name: relative(config.dataFolder, file),
      value: readJson(file, false),
    }));
    const own = await ownFingerprint(config);
    const startedAt = performance.now();
    const bar = progressBar('核对 / verify', { json });
    const verdict = await verifyLog(log, {
      anchors: [...kept, ...given],
      fingerprints: [...(own === null ? [] : [own]), ...key],
      progress: ({ position, head, events }) => bar.at(position, head, events),
    }).finally(() => bar.stop());
    if (!verdict.ok) process.exitCode = 1;
    const { events, streams, position, findings, found, unprotected, anchors } = verdict;
    const rate = perSecond(events, startedAt);
    const strangers = new Set(anchors.flatMap(({ fingerprint }) => (fingerprint && fingerprint !== own ? [fingerprint] : [])));
    print(json, { dataFolder: config.dataFolder, ...verdict, fingerprint: own, perSecond: rate }, [
      `${events} 个事件、${streams} 个流，到位置 ${position}，每秒 ${rate} 个 / ${events} events in ${streams} streams, to position ${position}, ${rate}/s`,
      ...anchors.map(
        one =>
          `${one.good ? '相符 / good' : '不符 / bad '}  ${one.name}${one.takenAt ? `  @${one.position}  ${one.takenAt}` : ''}`,
      ),
      ...[...strangers].map(
        one => `由此密钥签署，请与所知的指纹比对 / signed by this key, compare it with the fingerprint you know: ${one}`,
      ),
      ...findings.slice(0, printedMost).map(finding => `! ${sentenceFor(finding)}`),
      ...(found > printedMost ? [`! …… 共 ${found} 处 / ${found} in all`] : []),
      unprotected.events === 0
        ? '全部事件都在锚点之内 / an anchor covers every event'
        : `最后一个相符的锚点之后有 ${unprotected.events} 个事件，从位置 ${unprotected.from} 起，尚无锚点保护 / no anchor protects ${unprotected.events} events, from position ${unprotected.from} on`,
      found === 0 ? '完好 / intact' : `发现 ${found} 处问题 / ${found} findings`,
    ]);
  });
}

function sentenceFor({ kind, position, stream, revision, events, anchor, why }: Finding): string {
  const place = [stream && `${stream} #${revision}`, position !== undefined && `@${position}`].filter(Boolean).join(' ');
  const many = events === undefined ? '' : ` ×${events}`;
  const by = anchor === undefined ? '' : ` (${anchor})`;
  const [zh, en] = words[kind];
  return `${kind}  ${place}${many}${by}  ${zh} / ${en}${why === undefined ? '' : `: ${whys[why] ?? why}`}`;
}

const words: Record<Finding['kind'], [zh: string, en: string]> = {
  changed: ['事件被改动', 'the event was changed'],
  unreadable: ['事件读不出', 'no event can be read there'],
  removed: ['事件被移除', 'events were removed'],
  swapped: ['事件次序被调换', 'events changed places'],
  cut: ['日志尾部被截去', 'the log was cut off'],
  damaged: ['文件损坏', 'the file is damaged'],
  'anchor-invalid': ['锚点无效', 'the anchor is not valid'],
  'anchor-mismatch': ['到此为止的日志与锚点不符', 'the log up to there is not the one that was anchored'],
};
const whys: Record<string, string> = {
  rewritten: '连同其哈希被改写 / rewritten together with its hash',
  order: '不同流的事件之间 / between different streams',
  events: '流数相同，内容不同 / as many streams, other events',
  'not-an-anchor': '不是锚点文件 / not an anchor',
  changed: '内容或签名被改动 / its content or signature was changed',
  'foreign-key':
    '由另一把密钥签署；若可信，用 --key 给出其指纹 / signed by another key; where you trust it, give its fingerprint with --key',
};

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
  const openable = masterKey.keys ?? masterKey.file ?? (!production && existsSync(developmentMasterKeyFile(dataFolder)));
  if (!existsSync(keysFile(dataFolder)) || !openable) return null;
  try {
    const keys = await openKeys(config);
    try {
      const missing = () => {
        throw new CannotStart('no anchor was ever taken');
      };
      return (await anchorKeyOf(await keys.secret('anchor', missing))).fingerprint;
    } finally {
      await keys.close();
    }
  } catch {
    return null;
  }
}
