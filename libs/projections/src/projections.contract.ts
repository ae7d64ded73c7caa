import { failing } from './contract/failing.js';
import { type Adapter, runContract } from './contract/fixture.js';
import { looking } from './contract/looking.js';
import { owning } from './contract/owning.js';
import { proving } from './contract/proving.js';
import { reading } from './contract/reading.js';
import { rebuilding } from './contract/rebuilding.js';
import { running } from './contract/running.js';
import { settling } from './contract/settling.js';
import { watching } from './contract/watching.js';

export type { Adapter, Fixture } from './contract/fixture.js';

/** PR-01 … PR-50: what projections do on every read store, by number. The port's own methods have a suite of theirs: `contract/read-store.ts`. */
export function projectionsContract(adapter: Adapter): void {
  runContract(adapter, {
    ...running,
    ...owning,
    ...failing,
    ...reading,
    ...rebuilding,
    ...proving,
    ...settling,
    ...looking,
    ...watching,
  });
}
