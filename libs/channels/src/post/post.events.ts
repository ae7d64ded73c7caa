import { channelsEvents, type EventOf, type EventTypes } from '#contracts';
import { z } from 'zod';

const { PostRegistered, PostWithdrawn } = channelsEvents;

/** The address is the room's own; what other rooms may rely on is in the contract, version and upcasters too. */
export const postEvents = {
  PostRegistered: { ...PostRegistered, data: PostRegistered.data.extend({ href: z.url().optional() }) },
  PostWithdrawn,
} satisfies EventTypes;
export type PostEvent = EventOf<typeof postEvents>;
