import { category, dateOn, type EventOf, type EventTypes, id, slug } from '#contracts';
import { z } from 'zod';

/** What is to be delivered where. `recordRevision` is the publication's place in the record's own stream. */
const dispatch = z.strictObject({
  recordId: id,
  channelId: slug,
  title: z.string(),
  category,
  publishedOn: dateOn,
  recordRevision: z.number().int(),
});
export type Dispatch = z.infer<typeof dispatch>;

const ofDelivery = z.strictObject({ deliveryId: id });

export const deliveryEvents = {
  DeliveryQueued: { version: 1, data: dispatch.extend({ deliveryId: id }) },
  DeliveryConfirmed: { version: 1, data: ofDelivery.extend({ column: z.string().optional() }) },
  DeliveryFailed: { version: 1, data: ofDelivery.extend({ why: z.string() }) },
  DeliveryRecallRequested: { version: 1, data: ofDelivery.extend({ recordRevision: z.number().int(), why: z.string() }) },
  DeliveryRecalled: { version: 1, data: ofDelivery },
} satisfies EventTypes;
export type DeliveryEvent = EventOf<typeof deliveryEvents>;
