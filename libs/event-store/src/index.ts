export * from './port.js';
export { openSqliteEventStore } from './sqlite-store.js';
