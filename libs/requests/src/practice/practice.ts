import type { ReceiptPracticeSet, setReceiptPractice } from '#contracts';
import type { Aggregate, Decision } from '#commands';
import type { z } from 'zod';

export type Practice = ReceiptPracticeSet['data'];
/** Every practice the office has set, the earliest first. */
export type Practices = readonly Practice[];

/** One office, one stream: each practice holds from its day until the next one's. */
export const office = 'office';

export const practice: Aggregate<Practices, ReceiptPracticeSet> = {
  stream: id => `requests.practice-${id}`,
  initial: [],
  evolve(state, event) {
    switch (event.type) {
      case 'ReceiptPracticeSet':
        return [...state.filter(one => one.from !== event.data.from), event.data].sort((a, b) => a.from.localeCompare(b.from));
      default:
        return state;
    }
  },
};

export function practiceOn(practices: Practices, on: string): Practice | undefined {
  return practices.findLast(one => one.from <= on);
}

/**
 * Setting a practice for the same day again corrects it, for receipts confirmed from now on: what is confirmed keeps its due
 * date. A practice may begin long ago: a paper register is entered years later, by the practice of its own time.
 */
export const set: Decision<z.infer<(typeof setReceiptPractice)['input']>, Practices, ReceiptPracticeSet> = ({
  from,
  letter,
  forwarded,
  fax,
  online,
  basis,
}) => [{ type: 'ReceiptPracticeSet', data: { from, letter, forwarded, fax, online, basis } }];
