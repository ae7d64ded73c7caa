import {
  type Accepted,
  type Actor,
  type Ask,
  type EventTypes,
  isRefusal,
  type Operation,
  operationsEvents,
  type Refusal,
  type Reply,
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
import { versioned, type VersionedStore, WrongExpectedRevision } from '#event-store';
import type { Platform } from '#platform';
import { protecting, SubjectIsErased } from '#privacy';
import {
  censusOf,
  type Context,
  GenerationGone,
  InvalidCursor,
  leaseMsFor,
  type Operations,
  type Projection,
  type Reaction,
  type RefoldWatch,
  type RunningReaction,
  runReaction,
  statusOf,
  type View,
  ViewUnready,
  watchRefolds,
} from '#projections';
import { span, spanSince } from '#tracing';
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { type Admission, admissionTo } from './admission.js';
import { refusalOfFault } from './faults.js';
import { contended, cursorInvalid, subjectErased, viewIsUnready } from './refusals.js';
import type { RoomMetrics, RoomStatus } from './room-status.js';
import { headWithin, type RoomViews, runViews } from './room-views.js';
import { personalOf, sealAnswer } from './sealed.js';

/** Whoever asks for the status waits for two seconds. */
const statusWithinMs = 1_000;

/** The inside of every room's door: who asks is verified here again, views and reactions run here. */
export class Room {
  private readonly reactions: RunningReaction[] = [];
  private readonly admission: Admission;

  private constructor(
    readonly name: string,
    /** Without its store: in a room nothing passes by the types of events. */
    readonly platform: Omit<Platform, 'store'>,
    readonly store: VersionedStore,
  ) {
    this.admission = admissionTo(name, platform);
  }

  /** `types`: all that the room stores, and of other rooms' those it follows. `bench`: address of its module for threads that build. */
  static async open(
    name: string,
    platform: Platform,
    types: EventTypes,
    projections: readonly Projection[],
    bench?: string,
  ): Promise<Room> {
    const store = versioned(protecting(platform.store, types, platform.keys), {
      ...commandEvents,
      ...operationsEvents,
      ...types,
    });
    const room = new Room(name, platform, store);
    const readStore = await platform.readStore(name);
    room.context = {
      store,
      readStore,
      owner: `${name} ${process.pid} ${randomUUID()}`,
      leaseMs: platform.config.leaseMs ?? leaseMsFor(readStore),
      now: () => platform.clock.now(),
      log: platform.log,
      traced(projection, events, since) {
        for (const { metadata, type, position } of events)
          spanSince(
            `project ${projection}`,
            metadata.correlationId,
            { 'gongkai.event': type, 'gongkai.position': position },
            since,
          );
      },
      ...(bench !== undefined && platform.buildWith ? { build: platform.buildWith(bench) } : {}),
    };
    const { digests, clock } = platform;
    room.operations = {
      ...room.context,
      store,
      projections,
      room: name,
      digests,
      today: () => clock.today(),
      census: censusOf(store),
    };
    for (const projection of projections) room.mustKnow(projection);
    room.views = await runViews(room.context, projections);
    room.watch = watchRefolds(room.context, projections, {
      everyMs: platform.config.refoldEveryMs,
      mine: ({ name }) =>
        room.views.runners.some(runner => runner.status().name === name && runner.status().state === 'following'),
    });
    return room;
  }
  private context!: Context;
  /** What operators' orders to this room's projections are carried out with, and their questions answered. */
  operations!: Operations;
  private views!: RoomViews;
  private watch!: RefoldWatch;

  follow(reaction: Reaction): void {
    this.mustKnow(reaction);
    this.reactions.push(runReaction(this.context, reaction));
  }

  /** Else every such event would look as if a newer program had written it. */
  private mustKnow({ name, events }: Pick<Projection, 'name' | 'events'>): void {
    const strange = events.filter(type => !(type in this.store.types));
    if (strange.length > 0) throw new Error(`${name} follows ${strange.join(', ')}, which ${this.name} does not know`);
  }

  /** What readers see, for one query: found at its first use, and the same from then on. */
  view(projection: Projection): View {
    return this.views.view(projection);
  }

  /** Keys of which an event waits to be digested: what readers see of them is not the newest. */
  parked(projection: Projection): Promise<ReadonlySet<string>> {
    return this.views.parked(projection);
  }

  /** True once the view holds everything the store holds now, and what `atLeast` asks for; false where nobody can tell in time. */
  fresh(projection: Projection, atLeast = 0): Promise<boolean> {
    return this.views.fresh(projection, atLeast);
  }

  /** Why the view does not hold everything the store holds now, for whoever must not act on less; null where it does. */
  lacking(projection: Projection): Promise<Refusal | null> {
    return this.views.lacking(projection);
  }

  async command<I extends z.ZodObject, A extends Accepted>(
    operation: Operation<I>,
    ask: Ask,
    run: (input: z.infer<I>, envelope: Envelope) => Promise<A | Refusal>,
  ): Promise<Reply<A>> {
    return this.spanned(operation, ask, () => this.commanded(operation, ask, run));
  }

  private async commanded<I extends z.ZodObject, A extends Accepted>(
    operation: Operation<I>,
    ask: Ask,
    run: (input: z.infer<I>, envelope: Envelope) => Promise<A | Refusal>,
  ): Promise<Reply<A>> {
    const admitted = await this.admission.admit(operation, ask);
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
      const { id, revision, position } = answer;
      this.platform.log.info(
        { correlationId: ask.correlationId, command: operation.subject, person: admitted.actor!.person, id, revision, position },
        'decided',
      );
      return { ok: answer };
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return contended();
      if (error instanceof SubjectIsErased) return subjectErased();
      if (error instanceof ViewUnready || error instanceof GenerationGone) return viewIsUnready();
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
    return this.spanned(operation, ask, () => this.queried(operation, ask, projection, run));
  }

  private async queried<I extends z.ZodObject, T>(
    operation: Operation<I>,
    ask: Ask,
    projection: Projection,
    run: (input: z.infer<I>, view: View, actor: Actor | null) => Promise<T | Refusal>,
  ): Promise<Reply<T>> {
    const admitted = await this.admission.admit(operation, ask);
    if (isRefusal(admitted)) return admitted;
    try {
      const behind = await this.views.behind(projection, ask.atLeast);
      if (behind) return behind;
      const answer = await this.views.reading(projection, view => run(admitted.input, view, admitted.actor));
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
      if (error instanceof ViewUnready) return this.views.unready(projection, ask.atLeast);
      if (!(error instanceof InvalidCursor)) return this.fault(operation, ask, error);
      return cursorInvalid();
    }
  }

  /** Answers about the room itself, from no view of it. */
  async look<I extends z.ZodObject, T>(
    operation: Operation<I>,
    ask: Ask,
    run: (input: z.infer<I>) => Promise<T | Refusal>,
  ): Promise<Reply<T>> {
    return this.spanned(operation, ask, async () => {
      const admitted = await this.admission.admit(operation, ask);
      if (isRefusal(admitted)) return admitted;
      try {
        const answer = await run(admitted.input);
        return isRefusal(answer) ? answer : { ok: answer };
      } catch (error) {
        return this.fault(operation, ask, error);
      }
    });
  }

  private spanned<T>({ subject }: Operation, { correlationId }: Ask, work: () => Promise<T>): Promise<T> {
    return span(subject, correlationId, { 'gongkai.room': this.name }, work);
  }

  /** What personal data for this room is sealed to. */
  async sealingKey(): Promise<Reply<SealingKey>> {
    return { ok: await this.admission.sealingKey() };
  }

  private fault(operation: Operation, ask: Ask, err: unknown): Refusal {
    return refusalOfFault(this.platform.log, operation, ask, err);
  }

  async status(): Promise<RoomStatus> {
    const [head, parked] = await Promise.all([headWithin(this.store, statusWithinMs), this.views.parkedCounts(statusWithinMs)]);
    const runners = [...this.views.runners, ...this.reactions].map(runner => {
      const status = runner.status();
      return { ...status, lag: head === null ? null : Math.max(0, head - status.position) };
    });
    const ready = head !== null && runners.every(this.views.isReady);
    return { room: this.name, ready, head, runners, doubts: this.watch.doubts(), parked };
  }

  /** For whoever watches over the house from outside; null where the event store does not answer. */
  async metrics(): Promise<RoomMetrics | null> {
    const { views, watch, operations, name: room } = this;
    if ((await headWithin(this.store, statusWithinMs)) === null) return null;
    const projections = await statusOf(operations, { proof: false });
    return { room, projections, retries: views.retries(), doubts: watch.doubts().length };
  }

  async close(): Promise<void> {
    await Promise.all([this.watch, ...this.views.runners, ...this.reactions].map(one => one.stop()));
  }
}
