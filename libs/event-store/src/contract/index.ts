import type { Adapter } from './fixture.js';
import { fakeKurrentDb, realKurrentDb } from './kurrent-engines.js';
import { inMemory } from './memory-engine.js';
import { sqliteInOneProcess, sqliteInThreeProcesses } from './sqlite-engines.js';

export { type Adapter, type Assertion, runContract, type Subject } from './fixture.js';

/** For specs of other libraries: what of the contract takes more than the store is proved where that is, on these. */
export const engines: readonly Adapter[] = [
  inMemory,
  sqliteInOneProcess,
  sqliteInThreeProcesses,
  fakeKurrentDb,
  ...realKurrentDb(),
];
