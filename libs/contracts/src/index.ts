export * from './actor.js';
export * from './catalogue.js';
export * from './channels.js';
export * from './common.js';
export * from './operation.js';
export * from './refusal.js';
export * from './requests.js';
export * from './statistics.js';
