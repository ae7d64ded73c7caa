import { catalogueEvents, channelsEvents, type EventTypes, requestsEvents } from '#contracts';
import { attestationEvents } from './attestation/attestation.events.js';
import { entryEvents } from './entry/entry.events.js';
import { reportEvents } from './report/report.events.js';

/** Every type of event this room stores. */
export const statisticsEventTypes = { ...attestationEvents, ...entryEvents, ...reportEvents } satisfies EventTypes;

/** And of other rooms', those it counts. */
export const statisticsReads: EventTypes = { ...catalogueEvents, ...channelsEvents, ...requestsEvents, ...statisticsEventTypes };
