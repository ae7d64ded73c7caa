import 'reflect-metadata';
import { ChannelsModule } from '#channels';
import { runRoom } from '#messaging';

await runRoom('channels', platform => ChannelsModule.on(platform));
