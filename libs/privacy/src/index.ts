export { carryKeys, type Kinship } from './carry-keys.js';
export { applyErasures, reappendErasures, subjectErasedType } from './erasures.js';
export { decryptField, encryptField, isEncrypted } from './fields.js';
export { type Keys, type KeysSummary, KeysUnavailable, KeysUnusable, type LogPlace, SubjectIsErased } from './keys.js';
export { type MasterKey, masterKeysOf } from './master-key.js';
export { type Held, heldOf, protecting, reveal, subjectHeld } from './protecting.js';
export { newSealingSecret, seal, type Unsealer, unsealerOf } from './sealing.js';
export { openSqliteKeys } from './sqlite-keys.js';
export { filesHolding, tracesOf } from './traces.js';
