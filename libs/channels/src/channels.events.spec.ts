import { foldsItsHistory } from '#history';
import { channel } from './channel/channel.js';
import { channelsEventTypes } from './channels.events.js';
import { commitment } from './commitment/commitment.js';
import { delivery } from './delivery/delivery.js';
import { outlet } from './outlet/outlet.js';
import { placement } from './placement/placement.js';
import { post } from './post/post.js';
import { channelsView } from './views/channels.js';

foldsItsHistory('channels', {
  types: channelsEventTypes,
  aggregates: [channel, delivery, outlet, placement, post, commitment],
  projections: [channelsView],
});
