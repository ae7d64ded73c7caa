export * from './clock.js';
export * from './config.js';
export { eventsFile, openEmbeddedPlatform, viewsFile } from './embedded.js';
export { FolderUnusable, markLoaded, openFolder } from './folder.js';
export { developmentMasterKeyFile, keysFile, openKeys } from './keys.js';
export * from './log.js';
export type { Platform } from './platform.js';
export { cannotListen, CannotStart, runProcess, type Running, sentenceOf } from './startup.js';
export * from './tokens.js';
