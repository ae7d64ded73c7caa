import { dateOn, type EventOf, type EventTypes, id, slug } from '#contracts';
import { z } from 'zod';

/** 公开承诺: what a unit promises the public, where it stands to be read, and from when to when. */
const commitment = z.strictObject({
  commitmentId: id,
  unit: slug,
  text: z.string(),
  channels: z.array(slug),
  from: dateOn,
  to: dateOn.optional(),
});
export type Commitment = z.infer<typeof commitment>;

export const commitmentEvents = {
  CommitmentMade: { version: 1, data: commitment },
  CommitmentEnded: { version: 1, data: z.strictObject({ commitmentId: id, endedOn: dateOn, why: z.string() }) },
} satisfies EventTypes;
export type CommitmentEvent = EventOf<typeof commitmentEvents>;
