import { inMemory } from './contract/memory-engine.js';
import { eventStoreContract, eventStoreProperties } from './event-store.contract.js';

eventStoreContract(inMemory);
eventStoreProperties(inMemory);
