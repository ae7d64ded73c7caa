import { fakeKurrentDb, realKurrentDb } from './contract/kurrent-engines.js';
import { eventStoreContract } from './event-store.contract.js';

for (const adapter of [fakeKurrentDb, ...realKurrentDb()]) eventStoreContract(adapter);
