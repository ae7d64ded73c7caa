export { noHash, eventHash } from './chain.js';
export * from './port.js';
export { openSqliteEventStore } from './sqlite-store.js';
export * from './versioned.js';
