import type { ClientProxy } from '@nestjs/microservices';
import { firstValueFrom, TimeoutError, timeout } from 'rxjs';
import { type Ask, isRefusal, refuse, type Reply, type SealingKey } from '#contracts';
import { type Asked, needsSealing, sealAsk } from './sealed.js';

/** What of Nest's client proxy is used; the adapters' status types differ otherwise. */
type Client = Pick<ClientProxy, 'send' | 'connect' | 'close'>;

/**
 * Asks the rooms. Every ask ends: with the room's reply, or with `unready` when the deadline passes or nobody listens.
 * Personal data is sealed before it leaves.
 */
export class House {
  private readonly sealingKeys = new Map<string, SealingKey>();

  constructor(
    private readonly client: Client,
    private readonly deadlineMs: number,
    private readonly log: { error(details: object, message: string): void },
  ) {}

  async ask<T>(operation: Asked, ask: Ask, deadlineMs = this.deadlineMs): Promise<Reply<T>> {
    if (!needsSealing(operation, ask)) return this.send(operation.subject, ask, deadlineMs);
    const first = await this.askSealed<T>(operation, ask, deadlineMs);
    if (!isRefusal(first) || first.name !== 'sealing-key-unknown') return first;
    this.sealingKeys.delete(roomOf(operation));
    return this.askSealed(operation, ask, deadlineMs);
  }

  private async askSealed<T>(operation: Asked, ask: Ask, deadlineMs: number): Promise<Reply<T>> {
    const room = roomOf(operation);
    let key = this.sealingKeys.get(room);
    if (!key) {
      const { correlationId } = ask;
      const told = await this.send<SealingKey>(`${room}.sealing-key`, { input: {}, correlationId }, deadlineMs);
      if (isRefusal(told)) return told;
      this.sealingKeys.set(room, (key = told.ok));
    }
    const sealed = await sealAsk(operation, ask, key);
    return sealed.open(await this.send<T>(operation.subject, sealed.ask, deadlineMs));
  }

  private async send<T>(subject: string, ask: Ask, deadlineMs: number): Promise<Reply<T>> {
    try {
      return await firstValueFrom(this.client.send<Reply<T>>(subject, ask).pipe(timeout(deadlineMs)));
    } catch (error) {
      this.log.error({ err: error, subject, correlationId: ask.correlationId }, 'a room did not answer');
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

function roomOf({ subject }: Asked): string {
  return subject.split('.')[0]!;
}
