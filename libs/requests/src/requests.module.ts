import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Room } from '#messaging';
import type { Platform } from '#platform';
import { RequestsController } from './requests.controller.js';
import { requestsEventTypes } from './requests.events.js';
import { requestsView } from './views/requests.js';

@Module({})
export class RequestsModule implements OnApplicationShutdown {
  constructor(@Inject(Room) private readonly room: Room) {}

  static on(platform: Platform): DynamicModule {
    return {
      module: RequestsModule,
      controllers: [RequestsController],
      providers: [{ provide: Room, useFactory: () => Room.open('requests', platform, requestsEventTypes, [requestsView]) }],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.room.close();
  }
}
