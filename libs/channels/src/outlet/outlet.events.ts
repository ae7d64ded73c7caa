import { channelsEvents, dateOn, type EventOf, type EventTypes, slug } from '#contracts';
import { z } from 'zod';

const tier = z.strictObject({ tier: slug, tierName: z.string().optional(), from: dateOn });
export type Tier = z.infer<typeof tier>;

export const outletEvents = {
  OutletRegistered: channelsEvents.OutletRegistered,
  OutletRetiered: { version: 1, data: tier.extend({ outletId: slug }) },
} satisfies EventTypes;
export type OutletEvent = EventOf<typeof outletEvents>;
