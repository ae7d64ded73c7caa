import type { Page } from './kurrent-reads.js';
import type { Until } from './until.js';

/** A page of the log after a position, for whoever asks. */
export type SharedPages = (after: number, own: Until) => Promise<Page>;

/**
 * One page for all who want the same: every projection and reaction of a process stands at the head of the log, is woken by the
 * same event, and would ask the server for it apart. A page is shared only by those who asked before its reading began, so that
 * each sees all that was stored before it asked.
 */
export function sharedPages(fetch: (after: number) => Promise<Page>): SharedPages {
  const reading = new Map<number, { current: Promise<unknown>; next?: Promise<Page> }>();

  function begin(after: number, when: Promise<unknown>): Promise<Page> {
    const page = when.then(() => {
      // From here on it is too late to join.
      const place = reading.get(after)!;
      place.current = page;
      delete place.next;
      return fetch(after);
    });
    const over = () => {
      const place = reading.get(after);
      if (place?.current === page && !place.next) reading.delete(after);
    };
    page.then(over, over);
    return page;
  }

  return (after, own) => {
    let place = reading.get(after);
    if (!place) {
      // Those who are woken together ask in the same turn of the event loop.
      const soon = new Promise<void>(resolve => setImmediate(resolve));
      reading.set(after, (place = { current: soon }));
    }
    place.next ??= begin(
      after,
      place.current.catch(() => {}),
    );
    return own.race(place.next);
  };
}
