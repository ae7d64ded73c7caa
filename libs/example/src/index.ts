export { exampleFolder } from './files.js';
export { loadExample, LoadStopped } from './load.js';
export { loadIfAsked, whatToOpen } from './start.js';
