import { appending } from './contract/appending.js';
import { badInput } from './contract/bad-input.js';
import { type Adapter, runContract, sayDeclared } from './contract/fixture.js';
import { following } from './contract/following.js';
import { property } from './contract/property.js';
import { reading } from './contract/reading.js';
import { severalStreams } from './contract/several-streams.js';
import { verifying } from './contract/verifying.js';

/**
 * ES-01 … ES-64: what every engine behind the port must do, by number. What only one engine has is in that engine's own spec;
 * what takes more than the store, in the library that has it: ES-58 in `privacy`, ES-60 and ES-63 in `apps/chaos`.
 */
export function eventStoreContract(adapter: Adapter): void {
  const many = adapter.manyEvents ?? 20_000;
  runContract(adapter, {
    ...appending(many),
    ...badInput,
    ...severalStreams,
    ...reading(many),
    ...following,
    ...verifying,
  });
  sayDeclared(adapter);
}

const manyOperationsMs = 900_000;

/** ES-64, by itself: over a connection it takes as long as all the others. */
export function eventStoreProperties(adapter: Adapter): void {
  runContract(adapter, property, manyOperationsMs);
}
