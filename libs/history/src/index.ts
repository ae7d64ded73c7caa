export { foldsItsHistory, type Rules } from './history.js';
