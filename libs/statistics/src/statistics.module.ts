import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Room } from '#messaging';
import type { Platform } from '#platform';
import { StatisticsController } from './statistics.controller.js';
import { statisticsReads } from './statistics.events.js';
import { annualReportView } from './views/annual-report.js';
import { reportCasesView } from './views/report-cases.js';

export const statisticsProjections = [annualReportView, reportCasesView];

@Module({})
export class StatisticsModule implements OnApplicationShutdown {
  constructor(@Inject(Room) private readonly room: Room) {}

  static on(platform: Platform): DynamicModule {
    return {
      module: StatisticsModule,
      controllers: [StatisticsController],
      providers: [{ provide: Room, useFactory: () => Room.open('statistics', platform, statisticsReads, statisticsProjections) }],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.room.close();
  }
}
