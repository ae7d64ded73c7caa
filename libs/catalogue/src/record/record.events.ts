import type { RecordFields, RecordPublished, RecordWithdrawn } from '#contracts';

/** The catalogue's own events; what other rooms may rely on (RecordPublished, RecordWithdrawn) is in the contracts. */
export type RecordEvent =
  | { type: 'RecordCollected'; data: RecordFields & { recordId: string; by: string } }
  | { type: 'RecordFirstReviewed'; data: { recordId: string } }
  | { type: 'RecordSubmitted'; data: { recordId: string } }
  | { type: 'RecordSecrecyCleared'; data: { recordId: string; finding: 'not-secret' } }
  | { type: 'RecordApproved'; data: { recordId: string } }
  | RecordPublished
  | { type: 'RecordRevised'; data: { recordId: string; changes: Partial<RecordFields>; why: string; by: string } }
  | { type: 'RecordReturned'; data: { recordId: string; why: string } }
  | RecordWithdrawn;
