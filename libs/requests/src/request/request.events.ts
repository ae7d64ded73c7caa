import type { DueExplanation, ReceiptConfirmed, RequestAnswered, RequestRegistered } from '#contracts';

/**
 * The requests' own events: the contract's, with what only this room shows. How a due date came about is kept as it was
 * decided, because notices are amended in mid-year and a reply is judged by the date that was told.
 */
export type RequestEvent =
  | RequestRegistered
  | {
      type: 'ReceiptConfirmed';
      data: ReceiptConfirmed['data'] & { receiptRuleEn: string } & Pick<DueExplanation, 'skipped' | 'workedWeekends'>;
    }
  | { type: 'RequestAnswered'; data: RequestAnswered['data'] & { note?: string } }
  | { type: 'RequestClosed'; data: { requestId: string; closedOn: string } };
