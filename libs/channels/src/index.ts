export { channelsBench } from './channels.bench.js';
export { channelsEventTypes } from './channels.events.js';
export { ChannelsModule } from './channels.module.js';
export { channelsView } from './views/channels.js';
