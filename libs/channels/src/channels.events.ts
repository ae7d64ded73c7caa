import { catalogueEvents, type EventTypes } from '#contracts';
import { channelEvents } from './channel/channel.events.js';
import { commitmentEvents } from './commitment/commitment.events.js';
import { deliveryEvents } from './delivery/delivery.events.js';
import { outletEvents } from './outlet/outlet.events.js';
import { placementEvents } from './placement/placement.events.js';
import { postEvents } from './post/post.events.js';

/** Every type of event this room stores. */
export const channelsEventTypes = {
  ...channelEvents,
  ...deliveryEvents,
  ...outletEvents,
  ...placementEvents,
  ...postEvents,
  ...commitmentEvents,
} satisfies EventTypes;

/** And of other rooms', those it reads. */
export const channelsReads: EventTypes = { ...catalogueEvents, ...channelsEventTypes };
