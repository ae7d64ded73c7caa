import { expect } from '@jest/globals';
import type { Write } from '../read-store.js';
import { rebuildKey } from '../rebuild-key.js';
import { watchRefolds } from '../refold-watch.js';
import type { Assertion } from './grounds.js';
import { tamper } from './proving.js';
import { activeOf, live, tallies, totals, untilSo } from './rebuilding-views.js';
import { steps } from './running.js';

export const watching: Record<string, Assertion> = {
  'PR-01 a document that was changed behind the log is found while everything runs, named, and no longer named once it is mended':
    async subject => {
      await steps(subject, 60, 12);
      const at = await live(subject, tallies);
      await live(subject, totals);
      const logged: object[] = [];
      const context = { ...subject.context(), log: { info: () => {}, error: (details: object) => void logged.push(details) } };
      const watch = watchRefolds(context, [totals, tallies], { everyMs: 10, events: 7, mine: () => true });
      // Several rounds over all of it find nothing.
      await new Promise(resolve => setTimeout(resolve, 1_000));
      expect(watch.doubts()).toEqual([]);
      const [id, key] = ['test.tally-3', 'test.tally-3'];
      const wrong: Write = {
        collection: 'tallies',
        id,
        key,
        position: 1,
        doc: { id, v: 1, title: '芦山', total: 99, order: [] },
      };
      await tamper(subject, tallies, at, [wrong]);
      const doubt = { projection: 'tallies', generation: at.generation, collection: 'tallies', id, key };
      await untilSo(() => watch.doubts().length > 0);
      expect(watch.doubts()).toEqual([doubt]);
      await rebuildKey(subject.context(), tallies, await activeOf(subject.readStore, tallies), key);
      await untilSo(() => watch.doubts().length === 0);
      await watch.stop();
      expect(logged).toEqual([doubt]);
    },

  'PR-08 of several processes whoever does not follow the projection does not check it': async subject => {
    await steps(subject, 20);
    const at = await live(subject, tallies);
    const id = 'test.tally-1';
    await tamper(subject, tallies, at, [{ collection: 'tallies', id, key: id, position: 1, doc: { id } }]);
    const [mine, others] = [true, false].map(own =>
      watchRefolds(subject.context(), [tallies], { everyMs: 10, mine: () => own }),
    ) as [ReturnType<typeof watchRefolds>, ReturnType<typeof watchRefolds>];
    await untilSo(() => mine.doubts().length === 1);
    expect(others.doubts()).toEqual([]);
    await mine.stop();
    await others.stop();
  },
};
