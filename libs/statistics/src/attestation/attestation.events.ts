import { dateOn, type EventOf, type EventTypes } from '#contracts';
import { z } from 'zod';

const ofFigure = z.strictObject({ year: z.number().int(), key: z.string() });

/** A figure that a person states: the year, the figure's key, and who says so from which source. */
export const attestationEvents = {
  FigureAttested: {
    version: 1,
    data: ofFigure.extend({
      value: z.number().int(),
      qualifier: z.literal('over').optional(),
      scope: z.string().optional(),
      source: z.string(),
      saidBy: z.string(),
      statedOn: dateOn,
    }),
  },
  AttestationWithdrawn: { version: 1, data: ofFigure.extend({ why: z.string() }) },
} satisfies EventTypes;
export type AttestationEvent = EventOf<typeof attestationEvents>;
