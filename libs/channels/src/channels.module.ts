import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { operatorsDoor, Room } from '#messaging';
import type { Platform } from '#platform';
import { channelsBench } from './channels.bench.js';
import { ChannelsController } from './channels.controller.js';
import { channelsReads } from './channels.events.js';
import { whenRecordPublished } from './reactions/when-record-published.js';
import { channelsView } from './views/channels.js';

@Module({})
export class ChannelsModule implements OnApplicationShutdown {
  constructor(@Inject(Room) private readonly room: Room) {}

  static on(platform: Platform): DynamicModule {
    return {
      module: ChannelsModule,
      controllers: [ChannelsController, operatorsDoor('channels')],
      providers: [{ provide: Room, useFactory: () => open(platform) }],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.room.close();
  }
}

async function open(platform: Platform): Promise<Room> {
  const room = await Room.open('channels', platform, channelsReads, [channelsView], channelsBench);
  room.follow(whenRecordPublished(room));
  return room;
}
