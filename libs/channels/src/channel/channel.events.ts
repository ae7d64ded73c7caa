import { channelsEvents, type EventOf, type EventTypes, slug, storedColumn } from '#contracts';
import { z } from 'zod';

const { ChannelOpened, ChannelRouted, ChannelClosed } = channelsEvents;

export const channelEvents = {
  ChannelOpened,
  ChannelRouted,
  ChannelArranged: { version: 1, data: z.strictObject({ channelId: slug, columns: z.array(storedColumn) }) },
  ChannelClosed,
} satisfies EventTypes;
export type ChannelEvent = EventOf<typeof channelEvents>;
export type Column = z.infer<typeof storedColumn>;
