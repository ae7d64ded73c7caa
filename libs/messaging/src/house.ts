import type { ClientProxy } from '@nestjs/microservices';
import { firstValueFrom, TimeoutError, timeout } from 'rxjs';
import { type Ask, type Operation, refuse, type Reply } from '#contracts';

/** What of Nest's client proxy is used; the adapters' status types differ otherwise. */
type Asked = Pick<ClientProxy, 'send' | 'connect' | 'close'>;

/** Asks the rooms. Every ask ends: with the room's reply, or with `unready` when the deadline passes or nobody listens. */
export class House {
  constructor(
    private readonly client: Asked,
    private readonly deadlineMs: number,
    private readonly log: { error(details: object, message: string): void },
  ) {}

  async ask<T>(operation: Pick<Operation, 'subject'>, ask: Ask, deadlineMs = this.deadlineMs): Promise<Reply<T>> {
    try {
      return await firstValueFrom(this.client.send<Reply<T>>(operation.subject, ask).pipe(timeout(deadlineMs)));
    } catch (error) {
      this.log.error({ err: error, subject: operation.subject, correlationId: ask.correlationId }, 'a room did not answer');
      const late = error instanceof TimeoutError;
      return refuse('unready', late ? 'deadline-passed' : 'room-unavailable', {
        zh: late
          ? '服务未在限定时间内答复，请用同一个 Idempotency-Key 重试。'
          : '有关服务暂时不可用，请稍后用同一个 Idempotency-Key 重试。',
        en: late
          ? 'The service did not answer in time; retry with the same Idempotency-Key.'
          : 'The service is not available now; retry later with the same Idempotency-Key.',
      });
    }
  }

  async connect(): Promise<void> {
    await this.client.connect();
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
