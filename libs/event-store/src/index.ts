export { eventHash, noHash } from './chain.js';
export * from './port.js';
export { positionOf, positionText } from './position.js';
export { openSqliteEventStore } from './sqlite-store.js';
export { eachEvent, subscribe, type Subscription, type SubscriptionOptions, type SubscriptionStatus } from './subscribe.js';
export * from './versioned.js';
