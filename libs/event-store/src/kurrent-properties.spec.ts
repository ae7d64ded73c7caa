import { fakeKurrentDb, realKurrentDb } from './contract/kurrent-engines.js';
import { eventStoreProperties } from './event-store.contract.js';

for (const adapter of [fakeKurrentDb, ...realKurrentDb()]) eventStoreProperties(adapter);
