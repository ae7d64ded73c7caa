import { benchOf } from '#platform';
import { channelsReads } from './channels.events.js';
import { channelsView } from './views/channels.js';

/** For threads that build the room's views: nothing of the room but these. */
export const openBench = benchOf('channels', channelsReads, [channelsView]);
export const channelsBench = import.meta.url;
