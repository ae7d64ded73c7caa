export { anchorFiles, anchorText, keepAnchor, type KeptAnchor, writeSynced } from './anchors.js';
export { benchOf, buildWith } from './bench.js';
export * from './clock.js';
export * from './config.js';
export {
  adoptFolder,
  backupFile,
  FolderUnusable,
  makeFolder,
  markLoaded,
  openFolder,
  refuseBackup,
  useFolder,
} from './folder.js';
export { developmentMasterKeyFile, keysFile, openKeys } from './keys.js';
export * from './log.js';
export { openPlatform } from './open.js';
export type { Platform } from './platform.js';
export { clearRestoring, isAlive, restoringFolder } from './restoring.js';
export { cannotListen, CannotStart, closeAll, runProcess, sentenceOf } from './startup.js';
export { eventsFile, holdsEvents, openEvents, openMongo, openViews, viewsFile } from './stores.js';
export * from './tokens.js';
