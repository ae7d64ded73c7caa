import { builtReport, dateOn, type EventOf, type EventTypes, sectionKeys } from '#contracts';
import { z } from 'zod';

const year = z.number().int();

export const reportEvents = {
  SectionWritten: {
    version: 1,
    data: z.strictObject({ year, section: z.enum(sectionKeys), text: z.string(), invented: z.boolean() }),
  },
  /** The closed report is kept as it was counted and printed: no later rule of counting reaches it. */
  ReportClosed: { version: 1, data: z.strictObject({ year, closedOn: dateOn, by: z.string(), report: builtReport }) },
} satisfies EventTypes;
export type ReportEvent = EventOf<typeof reportEvents>;
