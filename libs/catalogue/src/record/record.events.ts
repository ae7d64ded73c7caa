import { catalogueEvents, category, contents, dateOn, type EventOf, type EventTypes, id, slug } from '#contracts';
import { z } from 'zod';

/** What a record holds. Without the limits of the form it is written in: those may change, what is stored stays. */
const recordFields = z.strictObject({
  unit: slug,
  title: z.string(),
  body: z.string().optional(),
  attachment: z.strictObject({ name: z.string(), href: z.url(), mediaType: z.string().optional() }).optional(),
  category,
  topic: z.string(),
  content: z.enum(contents),
  documentNumber: z.string().optional(),
  formedOn: dateOn,
});
export type RecordFields = z.infer<typeof recordFields>;

const ofRecord = z.strictObject({ recordId: id });
const why = z.string();
/** The person who wrote it: whoever did may not clear it for secrecy. */
const by = z.string();

/** The catalogue's own events of a record; what other rooms may rely on is in the contracts. */
export const recordEvents = {
  RecordCollected: { version: 1, data: recordFields.extend({ recordId: id, by }) },
  RecordFirstReviewed: { version: 1, data: ofRecord },
  RecordSubmitted: { version: 1, data: ofRecord },
  RecordSecrecyCleared: { version: 1, data: ofRecord.extend({ finding: z.literal('not-secret') }) },
  RecordApproved: { version: 1, data: ofRecord },
  RecordPublished: catalogueEvents.RecordPublished,
  RecordRevised: { version: 1, data: ofRecord.extend({ changes: recordFields.omit({ unit: true }).partial(), why, by }) },
  RecordReturned: { version: 1, data: ofRecord.extend({ why }) },
  RecordWithdrawn: catalogueEvents.RecordWithdrawn,
} satisfies EventTypes;
export type RecordEvent = EventOf<typeof recordEvents>;

/** Of the stream that hands out index numbers. */
export const indexNumberEvents = { IndexNumberIssued: { version: 1, data: ofRecord } } satisfies EventTypes;
export type IndexNumberEvent = EventOf<typeof indexNumberEvents>;
