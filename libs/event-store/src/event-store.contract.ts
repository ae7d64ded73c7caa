import { appending } from './contract/appending.js';
import { type Adapter, runContract } from './contract/fixture.js';
import { following } from './contract/following.js';
import { property } from './contract/property.js';
import { reading } from './contract/reading.js';
import { severalStreams } from './contract/several-streams.js';

export type { Adapter, Fixture } from './contract/fixture.js';

/** ES-01 … ES-64: what every engine behind the port must do, by number. What only one engine has is in that engine's own spec. */
export function eventStoreContract(adapter: Adapter): void {
  runContract(adapter, {
    ...appending,
    ...severalStreams,
    ...reading(adapter.manyEvents ?? 20_000),
    ...following,
    ...property(adapter.operationsARound),
  });
}
