import { benchOf } from '#platform';
import { catalogueEventTypes } from './catalogue.events.js';
import { recordsView } from './views/records.js';

/** For threads that build the room's views: nothing of the room but these. */
export const openBench = benchOf('catalogue', catalogueEventTypes, [recordsView]);
export const catalogueBench = import.meta.url;
