import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { House } from '#messaging';

/** The gateway holds nothing: it asks the house. */
@Module({})
export class GatewayModule implements OnApplicationShutdown {
  constructor(@Inject(House) private readonly house: House) {}

  static on(house: House): DynamicModule {
    return { module: GatewayModule, providers: [{ provide: House, useValue: house }] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.house.close();
  }
}
