import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { operatorsDoor, Room } from '#messaging';
import type { Platform } from '#platform';
import { catalogueBench } from './catalogue.bench.js';
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
      providers: [
        { provide: Room, useFactory: () => Room.open('catalogue', platform, catalogueEventTypes, [recordsView], catalogueBench) },
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.room.close();
  }
}
