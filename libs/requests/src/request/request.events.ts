import { dateOn, type EventOf, type EventTypes, id, personal, requestsEvents, skippedDay } from '#contracts';
import { z } from 'zod';

const { RequestRegistered, ReceiptConfirmed, RequestAnswered } = requestsEvents;

const applicant = z.strictObject({
  name: z.string(),
  certificate: z.string().optional(),
  phone: z.string().optional(),
  email: z.string().optional(),
  address: z.string().optional(),
  organisation: z.string().optional(),
  representative: z.string().optional(),
});

/**
 * The requests' own events: the contract's, with what only this room shows; version and upcasters are the contract's. How a due
 * date came about is kept as it was decided, because notices are amended in mid-year and a reply is judged by the date that was
 * told.
 */
export const requestEvents = {
  RequestRegistered: {
    ...RequestRegistered,
    data: RequestRegistered.data.extend({
      dataSubject: id.optional(),
      applicant: personal(applicant).optional(),
    }),
    subject: 'dataSubject',
  },
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
