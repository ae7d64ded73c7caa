import { dateOn, type EventOf, type EventTypes, id, requestsEvents, skippedDay } from '#contracts';
import { z } from 'zod';

const { RequestRegistered, ReceiptConfirmed, RequestAnswered } = requestsEvents;

/**
 * The requests' own events: the contract's, with what only this room shows; version and upcasters are the contract's. How a due
 * date came about is kept as it was decided, because notices are amended in mid-year and a reply is judged by the date that was
 * told.
 */
export const requestEvents = {
  RequestRegistered,
  ReceiptConfirmed: {
    ...ReceiptConfirmed,
    data: ReceiptConfirmed.data.extend({
      receiptRuleEn: z.string(),
      skipped: z.array(skippedDay),
      workedWeekends: z.array(dateOn),
    }),
  },
  RequestAnswered: { ...RequestAnswered, data: RequestAnswered.data.extend({ note: z.string().optional() }) },
  RequestClosed: { version: 1, data: z.strictObject({ requestId: id, closedOn: dateOn }) },
} satisfies EventTypes;
export type RequestEvent = EventOf<typeof requestEvents>;
