import { Blocked } from './follower.js';
import { GenerationGone, StaleFence } from './read-store.js';
import { RefoldFailed } from './refold.js';
import { Stalled } from './switch.js';

/** What can stand in the way of an order, and is told; nothing where it is a fault. */
export function hindrance(error: unknown): { zh: string; en: string } | undefined {
  if (error instanceof Blocked) {
    const { position, error: why } = error.letter;
    const { zh, en } = sentencesOf(why);
    return {
      zh: `停在位置 ${position} 的事件之前：${zh}。修好程序后会从这里继续，也可跳过它（skip）。`,
      en: `It stands before the event at position ${position}: ${en}. Mended, it goes on from here; or skip that event.`,
    };
  }
  if (error instanceof GenerationGone) return { zh: '这一代已被删除。', en: 'The generation was dropped meanwhile.' };
  if (error instanceof Stalled) {
    return {
      zh: '这一代没有跟上，切换没有进行；请稍后重试。',
      en: 'The generation does not keep up, so nothing was switched; try again.',
    };
  }
  if (error instanceof RefoldFailed) {
    return { zh: `重算时事件无法处理：${error.message}`, en: `An event could not be digested again: ${error.message}` };
  }
  if (error instanceof StaleFence) {
    return {
      zh: '同时另有人在处理这个视图，请重试。',
      en: 'Somebody else took hold of it at the same moment; try again.',
    };
  }
  return undefined;
}

/** Some errors speak Chinese and English; whatever ends their sentence, ours goes on. */
function sentencesOf(error: string): { zh: string; en: string } {
  const [zh = error, en = zh] = error.split(' / ', 2).map(text => text.replace(/[。.]$/, ''));
  return { zh, en };
}
