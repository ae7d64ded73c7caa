export {
  type Anchor,
  type AnchorKey,
  anchorKeyOf,
  type CheckedAnchor,
  checkAnchor,
  newAnchorSecret,
  takeAnchor,
} from './anchor.js';
export type { Finding } from './chain-walk.js';
export { eventHash, noHash } from './chain.js';
export { exportBeginning, type ExportHeader, exportHeader, exportLines, parseExportLine } from './export.js';
export { type Imported, importLog, ImportRefused } from './import.js';
export { linesOf } from './lines.js';
export { type EventStoreSettings, openEventStore, shownAddress } from './open.js';
export { type Part, partOf } from './part.js';
export * from './port.js';
export { positionOf, positionText } from './position.js';
export { verifySqliteFile } from './sqlite-audit.js';
export { openSqliteEventStore } from './sqlite-store.js';
export { eachEvent, subscribe, type Subscription, type SubscriptionOptions, type SubscriptionStatus } from './subscribe.js';
export * from './versioned.js';
export { type AnchorVerdict, type Verdict, verifyLog, type VerifyOptions } from './verify.js';
