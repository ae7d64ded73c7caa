import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { operatorsDoor, Room } from '#messaging';
import type { Platform } from '#platform';
import { CatalogueController } from './catalogue.controller.js';
import { catalogueEventTypes } from './catalogue.events.js';
import { recordsView } from './views/records.js';

@Module({})
export class CatalogueModule implements OnApplicationShutdown {
  constructor(@Inject(Room) private readonly room: Room) {}

  static on(platform: Platform): DynamicModule {
    return {
      module: CatalogueModule,
      controllers: [CatalogueController, operatorsDoor('catalogue')],
      providers: [{ provide: Room, useFactory: () => Room.open('catalogue', platform, catalogueEventTypes, [recordsView]) }],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.room.close();
  }
}
