import type { Verification } from './read-store.js';

const shownMax = 5;

/** What a verification found, as a person reads it. */
export function verdictOf({ position, passed, missing, sampled, differing, undigested }: Verification): {
  zh: string;
  en: string;
} {
  if (passed) {
    return {
      zh: `核对通过：到位置 ${position} 的事件一个不少，抽查的 ${sampled} 个键逐字节一致。`,
      en: `Verified: every event up to position ${position} is accounted for, and ${sampled} sampled keys agree byte for byte.`,
    };
  }
  const counts = missing.slice(0, shownMax).map(({ type, stored, seen }) => `${type} ${seen}/${stored}`);
  const docs = differing.slice(0, shownMax).map(({ collection, id }) => `${collection} ${id}`);
  const more = (all: readonly unknown[]) => (all.length > shownMax ? ' …' : '');
  const zh = [
    ...(missing.length > 0 ? [`事件数与日志不符（${counts.join('、')}${more(missing)}）`] : []),
    ...(differing.length > 0 ? [`${differing.length} 份文档与重算的不一致（${docs.join('、')}${more(differing)}）`] : []),
    ...(undigested > 0 ? [`有 ${undigested} 个事件搁置，而现用的视图能够处理`] : []),
  ];
  const en = [
    ...(missing.length > 0 ? [`not as many events as the log holds (${counts.join(', ')}${more(missing)})`] : []),
    ...(differing.length > 0
      ? [`${differing.length} documents are not what their events come to (${docs.join(', ')}${more(differing)})`]
      : []),
    ...(undigested > 0 ? [`${undigested} events are parked that the active view has digested`] : []),
  ];
  return {
    zh: `核对未通过（位置 ${position}）：${zh.join('；')}。请修好程序后重新重建。`,
    en: `Verification failed at position ${position}: ${en.join('; ')}. Mend the program and rebuild.`,
  };
}
