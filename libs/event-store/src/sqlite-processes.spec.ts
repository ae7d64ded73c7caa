import { sqliteInThreeProcesses } from './contract/sqlite-engines.js';
import { eventStoreContract, eventStoreProperties } from './event-store.contract.js';

eventStoreContract(sqliteInThreeProcesses);
eventStoreProperties(sqliteInThreeProcesses);
