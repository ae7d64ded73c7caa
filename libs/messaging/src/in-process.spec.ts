import { NestFactory } from '@nestjs/core';
import { InProcessBus, InProcessClient, InProcessServer } from './in-process.js';
import { transportContract } from './transport.contract.js';

transportContract('in process', async () => {
  const bus = new InProcessBus();
  return {
    async serve(module) {
      const service = await NestFactory.createMicroservice(module, { strategy: new InProcessServer(bus), logger: false });
      await service.listen();
      return service;
    },
    client: () => new InProcessClient(bus),
  };
});
