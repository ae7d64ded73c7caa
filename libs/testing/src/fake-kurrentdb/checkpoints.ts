import type { Stored } from './log.js';
import type { streams } from './stubs.js';

/** Says when a filtered subscription tells how far it has looked. */
export interface Checkpoints {
  /** The position to report, if it is time. */
  consider(event: Stored, matches: boolean, live: boolean): number | undefined;
  /** From here on events come one by one and no longer in pages. */
  live(): void;
}

/** Counts as 23.10 does: by pages while it catches up, where a page without a match reports its beginning, not its end. */
export function createCheckpoints(filter: streams.ReadReq.Options.FilterOptions, pageSize: number): Checkpoints {
  const window = filter.hasMax() ? filter.getMax() : pageSize;
  const interval = window * filter.getCheckpointintervalmultiplier();
  const newPage = () => ({ considered: 0, matched: 0, position: undefined as number | undefined });
  let page = newPage();
  let counter = 0;

  return {
    consider(event, matches, live) {
      if (live) {
        counter += 1;
        if (counter < interval) return undefined;
        counter = 0;
        return event.position;
      }
      page.considered += 1;
      page.matched += matches ? 1 : 0;
      if (matches || page.position === undefined) page.position = event.position;
      if (page.considered < window && page.matched < pageSize) return undefined;
      counter += page.considered;
      const { position } = page;
      page = newPage();
      if (counter < interval) return undefined;
      counter %= interval;
      return position;
    },
    live() {
      counter += page.considered;
      page = newPage();
    },
  };
}
