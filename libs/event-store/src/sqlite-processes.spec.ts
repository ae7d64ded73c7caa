import { sqliteInThreeProcesses } from './contract/sqlite-engines.js';
import { eventStoreContract } from './event-store.contract.js';

eventStoreContract(sqliteInThreeProcesses);
