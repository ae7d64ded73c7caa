import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { House } from './house.js';

interface Echo {
  input: { n: number; nested: { list: unknown[] }; absent?: unknown };
}
const kept: Echo[] = [];

@Controller()
class EchoController {
  @MessagePattern('echo.say') say(@Payload() ask: Echo) {
    kept.push(ask);
    ask.input.nested.list.push('changed by the room');
    return { ok: ask.input };
  }
  @MessagePattern('echo.never') never() {
    return new Promise(() => {});
  }
  @MessagePattern('echo.fault') fault() {
    throw new Error('a bug');
  }
}
@Module({ controllers: [EchoController] })
export class EchoModule {}

export interface TransportFixture {
  serve(module: typeof EchoModule): Promise<INestMicroservice>;
  client(): ConstructorParameters<typeof House>[0];
}

/** What asking a room is like, on every transport. */
export function transportContract(
  transport: string,
  fixture: () => Promise<TransportFixture>,
  run: typeof describe | typeof describe.skip = describe,
): void {
  run(`asking a room: ${transport}`, () => {
    let service: INestMicroservice;
    let house: House;
    beforeAll(async () => {
      const { serve, client } = await fixture();
      service = await serve(EchoModule);
      house = new House(client(), 10_000, { error: () => {} });
      await house.connect();
    });
    afterAll(async () => {
      await house?.close();
      await service?.close();
    });
    const ask = (input: unknown) => ({ input, correlationId: 'walk' });

    it('what passes is JSON: no shared references, no undefined', async () => {
      const input = { n: 1, nested: { list: ['公开'] as unknown[] }, absent: undefined };
      const reply = await house.ask({ subject: 'echo.say' }, ask(input));
      expect(input.nested.list).toEqual(['公开']);
      expect(reply).toEqual({ ok: { n: 1, nested: { list: ['公开', 'changed by the room'] } } });
      expect(kept.at(-1)).not.toHaveProperty('input.absent');
    });

    it('an answer never comes before the asker goes on', async () => {
      let settled = false;
      const asked = house.ask({ subject: 'echo.say' }, ask({ n: 2, nested: { list: [] } })).then(() => (settled = true));
      await Promise.resolve();
      expect(settled).toBe(false);
      await asked;
    });

    it('many at once are each answered with their own', async () => {
      const replies = await Promise.all(
        Array.from({ length: 200 }, (_, n) =>
          house.ask<{ n: number }>({ subject: 'echo.say' }, ask({ n, nested: { list: [] } })),
        ),
      );
      expect(replies.map(reply => ('ok' in reply ? reply.ok.n : -1))).toEqual(Array.from({ length: 200 }, (_, n) => n));
    });

    it('a room that does not answer is given up at the deadline', async () => {
      expect(await house.ask({ subject: 'echo.never' }, ask({}), 200)).toMatchObject({
        refused: 'unready',
        name: 'deadline-passed',
      });
    });

    it('a subject nobody listens to, and a fault in a room, are answered and not thrown', async () => {
      expect(await house.ask({ subject: 'echo.nobody' }, ask({}))).toMatchObject({
        refused: 'unready',
        name: 'room-unavailable',
      });
      expect(await house.ask({ subject: 'echo.fault' }, ask({}))).toMatchObject({ refused: 'unready' });
    });
  });
}
