import {
  type Accepted,
  type Actor,
  type Ask,
  checkInput,
  checkRole,
  type EventTypes,
  isRefusal,
  type Operation,
  operationsEvents,
  refuse,
  type Refusal,
  type Reply,
  roleSchema,
  type SealingKey,
} from '#contracts';
import {
  type Aggregate,
  commandEvents,
  type Decision,
  type DomainEvent,
  type Envelope,
  handle,
  newCommandId,
  type StepInput,
} from '#commands';
import { InDoubt, StoreUnavailable, UnknownEvent, versioned, type VersionedStore, WrongExpectedRevision } from '#event-store';
import type { Platform } from '#platform';
import { newSealingSecret, protecting, SubjectIsErased, type Unsealer, unsealerOf } from '#privacy';
import {
  InvalidCursor,
  type Projection,
  ProjectionRunner,
  type Reaction,
  ReactionRunner,
  type ReadStore,
  type RunnerStatus,
  type View,
} from '#projections';
import type { z } from 'zod';
import { openAsk, personalOf, sealAnswer } from './sealed.js';

export interface RoomStatus {
  room: string;
  ready: boolean;
  /** Null: the event store does not answer, and the room is not ready. */
  head: number | null;
  runners: (RunnerStatus & { lag: number | null })[];
}

const freshWithinMs = 2_000;
/** Whoever asks for the status waits for two seconds. */
const statusWithinMs = 1_000;

/** The inside of every room's door: who asks is verified here again, views and reactions run here. */
export class Room {
  private readonly projections = new Map<string, ProjectionRunner>();
  private readonly reactions: ReactionRunner[] = [];
  private headAtStart = 0;

  private constructor(
    readonly name: string,
    /** Without its store: in a room nothing passes by the types of events. */
    readonly platform: Omit<Platform, 'store'>,
    readonly store: VersionedStore,
  ) {}

  /** `types`: all that the room stores, and of other rooms' those it follows. */
  static async open(name: string, platform: Platform, types: EventTypes, projections: readonly Projection[]): Promise<Room> {
    const store = versioned(protecting(platform.store, types, platform.keys), {
      ...commandEvents,
      ...operationsEvents,
      ...types,
    });
    const room = new Room(name, platform, store);
    const readStore = await platform.readStore(name);
    room.readStore = readStore;
    room.headAtStart = await room.store.head();
    for (const projection of projections) {
      room.mustKnow(projection);
      const runner = new ProjectionRunner(room.store, readStore, projection, platform.log);
      room.projections.set(projection.name, runner);
      runner.start();
    }
    return room;
  }
  private readStore!: ReadStore;

  follow(reaction: Reaction): void {
    this.mustKnow(reaction);
    const runner = new ReactionRunner(this.store, this.readStore, reaction, this.platform.log);
    this.reactions.push(runner);
    runner.start();
  }

  /** Else every such event would look as if a newer program had written it. */
  private mustKnow({ name, events }: Pick<Projection, 'name' | 'events'>): void {
    const strange = events.filter(type => !(type in this.store.types));
    if (strange.length > 0) throw new Error(`${name} follows ${strange.join(', ')}, which ${this.name} does not know`);
  }

  view(projection: Projection): View {
    return this.runner(projection).view;
  }

  private runner(projection: Projection): ProjectionRunner {
    const runner = this.projections.get(projection.name);
    if (!runner) throw new Error(`${this.name} does not run ${projection.name}`);
    return runner;
  }

  /** True once the view holds everything the store holds now, or what `atLeast` asks for; false where nobody can tell in time. */
  async fresh(projection: Projection, atLeast = 0): Promise<boolean> {
    const head = await this.headWithin(freshWithinMs);
    return head !== null && this.runner(projection).waitFor(Math.max(atLeast, head), freshWithinMs);
  }

  async command<I extends z.ZodObject>(
    operation: Operation<I>,
    ask: Ask,
    run: (input: z.infer<I>, envelope: Envelope) => Promise<Accepted | Refusal>,
  ): Promise<Reply<Accepted>> {
    const admitted = await this.admit(operation, ask);
    if (isRefusal(admitted)) return admitted;
    try {
      const now = this.platform.clock.now();
      const answer = await run(admitted.input, {
        commandId: ask.commandId ?? newCommandId(now),
        command: operation.subject,
        correlationId: ask.correlationId,
        actor: admitted.actor!,
        now,
        today: this.platform.clock.today(),
        ...(ask.ifMatch === undefined ? {} : { ifMatch: ask.ifMatch }),
        ...(operation.creates ? { creates: true } : {}),
        personal: personalOf(operation),
        digests: this.platform.digests,
      });
      if (isRefusal(answer)) {
        this.platform.log.info(
          { correlationId: ask.correlationId, command: operation.subject, person: admitted.actor!.person, refused: answer.name },
          'refused',
        );
        return answer;
      }
      this.platform.log.info(
        { correlationId: ask.correlationId, command: operation.subject, person: admitted.actor!.person, ...answer },
        'decided',
      );
      return { ok: answer };
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return contended();
      if (error instanceof SubjectIsErased) return subjectErased();
      return this.fault(operation, ask, error);
    }
  }

  /** The usual command: one aggregate, one decision. */
  decide<C extends StepInput, S, E extends DomainEvent>(
    aggregate: Aggregate<S, E>,
    id: string,
    input: C,
    decision: Decision<C, S, E>,
    envelope: Envelope,
  ): Promise<Accepted | Refusal> {
    return handle(this.store, aggregate, id, input, decision, envelope);
  }

  /** Answers from `projection`, once it holds what the asker has seen. */
  async query<I extends z.ZodObject, T>(
    operation: Operation<I>,
    ask: Ask,
    projection: Projection,
    run: (input: z.infer<I>, view: View, actor: Actor | null) => Promise<T | Refusal>,
  ): Promise<Reply<T>> {
    const admitted = await this.admit(operation, ask);
    if (isRefusal(admitted)) return admitted;
    try {
      const behind = await this.behind(projection, ask);
      if (behind) return behind;
      const answer = await run(admitted.input, this.view(projection), admitted.actor);
      if (isRefusal(answer)) return answer;
      if (operation.personalAnswer) {
        // Who looked at a person's data can be told afterwards (个人信息保护法 Art. 54).
        const { correlationId, input } = ask;
        this.platform.log.info(
          { correlationId, subject: operation.subject, person: admitted.actor!.person, input },
          'personal data was shown',
        );
      }
      return { ok: await sealAnswer(operation, ask, answer) };
    } catch (error) {
      if (!(error instanceof InvalidCursor)) return this.fault(operation, ask, error);
      return refuse(
        'invalid',
        'cursor-invalid',
        { zh: '翻页游标无效，请从第一页重新开始。', en: 'The cursor is not valid; begin with the first page.' },
        {
          issues: [{ path: 'after', zh: '不是本列表给出的游标', en: 'not a cursor of this list' }],
        },
      );
    }
  }

  /** Why the view cannot answer yet. What is merely not the newest is answered; also while the event store itself is away. */
  private async behind(projection: Projection, { atLeast }: Ask): Promise<Refusal | undefined> {
    const runner = this.runner(projection);
    const head = await this.headWithin(freshWithinMs);
    if (atLeast !== undefined && head !== null && atLeast > head) {
      return refuse('invalid', 'position-unknown', {
        zh: `没有位置 ${atLeast}；请使用命令答复中的 X-Gongkai-Position。`,
        en: `There is no position ${atLeast}; use the X-Gongkai-Position of a command's answer.`,
      });
    }
    if (head !== null && (await runner.waitFor(head, freshWithinMs))) return undefined;
    // A view that is still being built would answer with too little as if that were all.
    const needed = atLeast ?? this.headAtStart;
    if (runner.status().position >= needed) return undefined;
    if (head === null && atLeast !== undefined) return storeUnavailable();
    return refuse('unready', 'view-behind', {
      zh: `视图尚未更新到位置 ${needed}，请稍后重试。`,
      en: `The view does not hold position ${needed} yet; try again shortly.`,
    });
  }

  /** Null where the event store does not answer by then. */
  private async headWithin(ms: number): Promise<number | null> {
    let timer: NodeJS.Timeout;
    const late = new Promise<null>(resolve => (timer = setTimeout(resolve, ms, null)));
    const head = this.store.head().catch(error => {
      if (error instanceof StoreUnavailable) return null;
      throw error;
    });
    return Promise.race([head, late]).finally(() => clearTimeout(timer));
  }

  private async admit<I extends z.ZodObject>(
    operation: Operation<I>,
    ask: Ask,
  ): Promise<{ input: z.infer<I>; actor: Actor | null } | Refusal> {
    const actor = ask.token === undefined ? null : await this.actorOf(ask.token);
    if (isRefusal(actor)) return actor;
    const denied = checkRole(operation, actor);
    if (denied) return denied;
    const opened = await openAsk(operation, ask, () => this.unsealer());
    if (isRefusal(opened)) return opened;
    const input = checkInput(operation, opened);
    return isRefusal(input) ? input : { input: input as z.infer<I>, actor };
  }

  /** What personal data for this room is sealed to; the same for all its replicas. */
  async sealingKey(): Promise<Reply<SealingKey>> {
    return { ok: (await this.unsealer()).key };
  }

  private async unsealer(): Promise<Unsealer> {
    return (this.opener ??= await unsealerOf(await this.platform.keys.secret(`sealing.${this.name}`, newSealingSecret)));
  }
  private opener: Unsealer | undefined;

  private async actorOf(token: string): Promise<Actor | Refusal> {
    const bearer = await this.platform.tokens.verify(token);
    if (!bearer)
      return refuse('unauthenticated', 'token-invalid', {
        zh: '令牌无效或已过期，请重新登录。',
        en: 'The token is not valid or has expired; sign in again.',
      });
    return { ...bearer, roles: bearer.roles.filter(role => roleSchema.safeParse(role).success) as Actor['roles'] };
  }

  /** A bug or an outage of ours: logged once, where it happened, under the asker's correlation id. */
  private fault(operation: Operation, { correlationId }: Ask, err: unknown): Refusal {
    if (err instanceof InDoubt || err instanceof StoreUnavailable) {
      const { name, message } = err;
      this.platform.log.error({ correlationId, subject: operation.subject, name, message }, 'the event store did not answer');
      return err instanceof InDoubt ? inDoubt() : storeUnavailable();
    }
    this.platform.log.error({ err, correlationId, subject: operation.subject }, 'a fault');
    if (err instanceof UnknownEvent) return refuse('fault', 'event-unknown', { zh: err.zh, en: err.en });
    return refuse('fault', 'fault', {
      zh: `服务器出错，已记录，编号 ${correlationId}。`,
      en: `A fault of ours; it is logged under ${correlationId}.`,
    });
  }

  async status(): Promise<RoomStatus> {
    const head = await this.headWithin(statusWithinMs);
    const runners = [...this.projections.values(), ...this.reactions].map(runner => {
      const status = runner.status();
      return { ...status, lag: head === null ? null : Math.max(0, head - status.position) };
    });
    const ready = head !== null && runners.every(runner => runner.state === 'following' && runner.position >= this.headAtStart);
    return { room: this.name, ready, head, runners };
  }

  async close(): Promise<void> {
    await Promise.all([...this.projections.values(), ...this.reactions].map(runner => runner.stop()));
  }
}

/** Of two erasures of one subject, or of a command that was quicker to be asked than to be stored. */
function subjectErased(): Refusal {
  return refuse('conflict', 'subject-erased', {
    zh: '这个个人信息主体的信息已依法删除，不能再登记。',
    en: 'The personal data of this subject was erased by law; nothing more is stored about it.',
  });
}

function storeUnavailable(): Refusal {
  return refuse('unready', 'event-store-unavailable', {
    zh: '事件库暂时没有应答，请稍后重试；办理请用同一个 Idempotency-Key。',
    en: 'The event store does not answer now; try again later, a command with the same Idempotency-Key.',
  });
}

/** The same command again is the same: it finds out. */
function inDoubt(): Refusal {
  return refuse('unready', 'outcome-unknown', {
    zh: '事件库没有及时应答，尚不知是否已经记录；请用同一个 Idempotency-Key 重试，不会重复记录。',
    en: 'The event store did not answer in time, and it is not known whether it was recorded; retry with the same Idempotency-Key: it is never recorded twice.',
  });
}

function contended(): Refusal {
  return refuse('conflict', 'contended', {
    zh: '同时办理的人太多，请重试。',
    en: 'Too many changed it at the same time; try again.',
  });
}
