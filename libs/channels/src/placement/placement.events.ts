import { channelsEvents, type EventOf, type EventTypes } from '#contracts';
import { z } from 'zod';

const { PlacementRegistered, PlacementWithdrawn } = channelsEvents;

/** The address is the room's own; what other rooms may rely on is in the contract, version and upcasters too. */
export const placementEvents = {
  PlacementRegistered: { ...PlacementRegistered, data: PlacementRegistered.data.extend({ href: z.url().optional() }) },
  PlacementWithdrawn,
} satisfies EventTypes;
export type PlacementEvent = EventOf<typeof placementEvents>;
