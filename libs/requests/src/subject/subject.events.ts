import { dateOn, type EventOf, type EventTypes, id } from '#contracts';
import { subjectErasedType } from '#privacy';
import { z } from 'zod';

export const subjectEvents = {
  [subjectErasedType]: { version: 1, data: z.strictObject({ subject: id, why: z.string(), erasedOn: dateOn }) },
} satisfies EventTypes;
export type SubjectEvent = EventOf<typeof subjectEvents>;
