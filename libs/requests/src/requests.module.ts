import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { operatorsDoor, Room } from '#messaging';
import type { Platform } from '#platform';
import { applyErasures } from '#privacy';
import { whenSubjectErased } from './reactions/when-subject-erased.js';
import { requestsBench } from './requests.bench.js';
import { RequestsController } from './requests.controller.js';
import { requestsEventTypes } from './requests.events.js';
import { requestsView } from './views/requests.js';

@Module({})
export class RequestsModule implements OnApplicationShutdown {
  constructor(@Inject(Room) private readonly room: Room) {}

  static on(platform: Platform): DynamicModule {
    return {
      module: RequestsModule,
      controllers: [RequestsController, operatorsDoor('requests')],
      providers: [{ provide: Room, useFactory: () => open(platform) }],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.room.close();
  }
}

async function open(platform: Platform): Promise<Room> {
  const room = await Room.open('requests', platform, requestsEventTypes, [requestsView], requestsBench);
  // Before anything is answered: a start may follow a death between an erasure's fact and its key, or an older copy put in place.
  await applyErasures(room.store, platform.keys);
  room.follow(whenSubjectErased(room));
  return room;
}
