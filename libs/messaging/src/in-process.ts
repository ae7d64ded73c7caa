import { ClientProxy, type CustomTransportStrategy, type ReadPacket, Server, type WritePacket } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';

type Handler = (data: unknown) => Promise<unknown>;

/**
 * The bus of one process. It behaves as NATS does where that matters: what passes is JSON (no shared references), delivery is
 * asynchronous, a subject nobody listens to is an error, and a late answer goes nowhere.
 */
export class InProcessBus {
  readonly handlers = new Map<string, Handler>();
}

export class InProcessServer extends Server implements CustomTransportStrategy {
  constructor(private readonly bus: InProcessBus) {
    super();
  }

  listen(callback: () => void): void {
    for (const [pattern, handler] of this.messageHandlers) {
      this.bus.handlers.set(pattern, async data => {
        const answer: unknown = await handler(data, undefined);
        return isObservable(answer) ? lastValueFrom(answer) : answer;
      });
    }
    callback();
  }

  close(): void {
    for (const pattern of this.messageHandlers.keys()) this.bus.handlers.delete(pattern);
  }

  override on(): void {}

  override unwrap<T>(): T {
    return this.bus as T;
  }
}

export class InProcessClient extends ClientProxy {
  constructor(private readonly bus: InProcessBus) {
    super();
  }

  async connect(): Promise<void> {}

  async close(): Promise<void> {}

  override on(): void {}

  override unwrap<T>(): T {
    return this.bus as T;
  }

  protected publish({ pattern, data }: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    let abandoned = false;
    const sent = JSON.stringify(data);
    setImmediate(() => {
      const handler = this.bus.handlers.get(String(pattern));
      const answer = handler ? handler(JSON.parse(sent)) : Promise.reject(new Error(`Nobody answers ${String(pattern)}`));
      answer.then(
        response => abandoned || callback({ response: JSON.parse(JSON.stringify(response ?? null)), isDisposed: true }),
        (err: unknown) => abandoned || callback({ err, isDisposed: true }),
      );
    });
    return () => {
      abandoned = true;
    };
  }

  protected override dispatchEvent<T>(): Promise<T> {
    throw new Error('Nothing that a room must not miss travels on this bus; reactions follow the event store.');
  }
}
