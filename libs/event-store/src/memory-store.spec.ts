import { inMemory } from './contract/memory-engine.js';
import { eventStoreContract } from './event-store.contract.js';

eventStoreContract(inMemory);
