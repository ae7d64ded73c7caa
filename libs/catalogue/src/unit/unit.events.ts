import { catalogueEvents, dateOn, type EventOf, type EventTypes, slug } from '#contracts';
import { z } from 'zod';

export const unitEvents = {
  UnitRegistered: catalogueEvents.UnitRegistered,
  PersonDesignated: {
    version: 1,
    data: z.strictObject({ unitId: slug, person: z.string(), from: dateOn, to: dateOn.optional() }),
  },
} satisfies EventTypes;
export type UnitEvent = EventOf<typeof unitEvents>;
export type Designation = Omit<EventOf<typeof unitEvents, 'PersonDesignated'>['data'], 'unitId'>;
