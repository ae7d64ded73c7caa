export { canonicalDigest } from './canonical.js';
export { commandEvents } from './commands.events.js';
export { type Digests, keyedDigests } from './digests.js';
export { dataSubjectOf, handle, load, rehearse, type Envelope } from './handle.js';
export { addressId, derivedId, newCommandId } from './ids.js';
export type { Aggregate, Circumstances, Decision, DomainEvent, StepInput } from './rules.js';
export { historyOf } from './history.js';
