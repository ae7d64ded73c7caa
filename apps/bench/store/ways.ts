import { caseloadOf, type Work } from './caseload.js';
import type { Way } from './pairs.js';
import type { Row } from './raw.js';

export const callers = 64;
/** Cases in hand of the whole office: at 64 callers, 16 each. */
export const inHand = 1024;

export function oneByOne<T>(next: () => T, count: number, write: (one: T) => unknown): Way {
  return {
    count,
    prepare() {
      const all = Array.from({ length: count }, next);
      return async () => {
        for (const one of all) {
          const writing = write(one);
          // A raw insert is done when it returns.
          if (writing instanceof Promise) await writing;
        }
      };
    },
  };
}

/** Each caller waits for its own append only, and has cases of its own, as 64 officers would. */
export function manyCallers(each: number, append: (work: Work, caller: number) => Promise<unknown>, year?: number): Way {
  const caseloads = caseloadsOf(year);
  return {
    count: callers * each,
    prepare() {
      const lists = caseloads.map(next => Array.from({ length: each }, next));
      return () =>
        Promise.all(
          lists.map(async (list, caller) => {
            for (const work of list) await append(work, caller);
          }),
        );
    },
  };
}

export function groupsOf(next: () => Row, groups: number, write: (rows: readonly Row[]) => void): Way {
  return {
    count: groups * callers,
    prepare() {
      const all = Array.from({ length: groups }, () => Array.from({ length: callers }, next));
      return () => {
        for (const rows of all) write(rows);
      };
    },
  };
}

/** The same callers' work, one of each in turn. */
export function inGroups(): () => Work {
  const caseloads = caseloadsOf();
  let turn = 0;
  return () => caseloads[turn++ % callers]!();
}

function caseloadsOf(year?: number): (() => Work)[] {
  const each = (index: number) => ({ seed: index + 1, open: inHand / callers, ...(year ? { year } : {}) });
  return Array.from({ length: callers }, (_, index) => caseloadOf(each(index)));
}
