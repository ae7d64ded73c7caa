import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { groundsOn, type Subject, type Views } from './contract/grounds.js';
import { looking } from './contract/looking.js';
import { proving } from './contract/proving.js';
import { rebuilding } from './contract/rebuilding.js';
import { settling } from './contract/settling.js';

const withinMs = 120_000;

/** What replays: rebuilds, verification, switch and rollback, dead letters, single keys, as-of views, orders and status. */
export function rebuildingContract(adapter: string, views: () => Promise<Views>): void {
  describe(`projections: ${adapter}`, () => {
    let subject: Subject;
    beforeEach(async () => {
      subject = await groundsOn(await views());
    });
    afterEach(() => subject.close());
    for (const [title, assertion] of Object.entries({ ...rebuilding, ...proving, ...settling, ...looking }))
      it(title, () => assertion(subject), withinMs);
  });
}
