import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { operatorsDoor, Room } from '#messaging';
import type { Platform } from '#platform';
import { statisticsBench, statisticsProjections } from './statistics.bench.js';
import { StatisticsController } from './statistics.controller.js';
import { whenReportClosed } from './reactions/when-report-closed.js';
import { statisticsReads } from './statistics.events.js';

@Module({})
export class StatisticsModule implements OnApplicationShutdown {
  constructor(@Inject(Room) private readonly room: Room) {}

  static on(platform: Platform): DynamicModule {
    return {
      module: StatisticsModule,
      controllers: [StatisticsController, operatorsDoor('statistics')],
      providers: [{ provide: Room, useFactory: () => open(platform) }],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.room.close();
  }
}

async function open(platform: Platform): Promise<Room> {
  const room = await Room.open('statistics', platform, statisticsReads, statisticsProjections, statisticsBench);
  room.follow(whenReportClosed(room));
  return room;
}
