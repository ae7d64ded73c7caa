import { benchOf } from '#platform';
import { requestsEventTypes } from './requests.events.js';
import { requestsView } from './views/requests.js';

/** For threads that build the room's views: nothing of the room but these. */
export const openBench = benchOf('requests', requestsEventTypes, [requestsView]);
export const requestsBench = import.meta.url;
