import { catalogueEventTypes } from '#catalogue';
import { channelsEventTypes } from '#channels';
import { commandEvents } from '#commands';
import { type EventTypes, operationsEvents } from '#contracts';
import { storeEvents } from '#event-store';
import { requestsEventTypes } from '#requests';
import { statisticsEventTypes } from '#statistics';

/** Every type of event the house stores, whoever stores it: for the caretaker, and for `npm run check`. */
export const eventTypes: EventTypes = {
  ...storeEvents,
  ...commandEvents,
  ...operationsEvents,
  ...catalogueEventTypes,
  ...channelsEventTypes,
  ...requestsEventTypes,
  ...statisticsEventTypes,
};
