import type { EventTypes } from '#contracts';
import { z } from 'zod';

/** What `handle` itself stores: see `claim`. */
export const commandEvents = {
  CommandClaimed: { version: 1, data: z.strictObject({ commandDigest: z.string() }) },
} satisfies EventTypes;
