import { sqliteInOneProcess } from './contract/sqlite-engines.js';
import { eventStoreContract, eventStoreProperties } from './event-store.contract.js';

eventStoreContract(sqliteInOneProcess);
eventStoreProperties(sqliteInOneProcess);
