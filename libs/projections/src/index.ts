export * from './projection.js';
export { type Reaction, ReactionRunner } from './reaction.js';
export { type Progress, rebuild } from './rebuild.js';
export { catchUp, ProjectionRunner, type RunnerLog, type RunnerStatus } from './runner.js';
export { openSqliteReadStore } from './sqlite-read-store.js';
export { openSqliteViews } from './sqlite-store.js';
