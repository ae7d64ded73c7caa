import type { Finding } from '#event-store';

export const printedMost = 50;

/** A finding as an operator reads it. */
export function sentenceFor({ kind, position, stream, revision, events, anchor, why }: Finding): string {
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
  damaged: ['文件损坏', 'a file is damaged'],
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
