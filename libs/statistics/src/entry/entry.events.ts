import { dateOn, type EventOf, type EventTypes, id, partialDateOn } from '#contracts';
import { z } from 'zod';

const year = z.number().int();

/** What a year's report tells beside its figures: institution building, campaigns, training, problems, measures. */
const entry = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('institution'),
    year,
    what: z.string(),
    status: z.enum(['issued', 'existing']),
    on: partialDateOn.optional(),
    says: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('campaign'), year, name: z.string() }),
  z.strictObject({
    kind: z.literal('training'),
    year,
    training: z.enum(['business', 'awareness', 'secrecy']),
    form: z.string(),
    subject: z.string(),
    audience: z.string(),
    on: dateOn,
    headcount: z.number().int().optional(),
  }),
  z.strictObject({ kind: z.literal('problem'), year, text: z.string() }),
  z.strictObject({ kind: z.literal('measure'), year, text: z.string(), problem: id.optional() }),
]);
export type Entry = z.infer<typeof entry>;

export const entryEvents = {
  EntryRecorded: { version: 1, data: z.strictObject({ entryId: id, entry }) },
  EntryWithdrawn: { version: 1, data: z.strictObject({ entryId: id, year, why: z.string() }) },
} satisfies EventTypes;
export type EntryEvent = EventOf<typeof entryEvents>;
