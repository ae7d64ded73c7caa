import { type EventStore, type StoredEvent, UnknownEvent } from '#event-store';
import type { Projection, ReadStore } from './projection.js';
import { pause, type RunnerLog, type RunnerStatus } from './runner.js';

/**
 * Turns a fact into commands. `react` must be repeatable: its commands' identities come from the event's id, so that an event
 * met twice (a crash between the command and the checkpoint) changes nothing.
 */
export interface Reaction {
  name: string;
  events: readonly string[];
  react(event: StoredEvent): Promise<void>;
}

const retryMs = [100, 500, 2_000, 10_000];

/** Follows the event store with a checkpoint of its own; an event that cannot be handled is tried again, never skipped. */
export class ReactionRunner {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private position = 0;
  private state: RunnerStatus['state'] = 'starting';
  private error: string | undefined;
  private readonly checkpoint: Projection;

  constructor(
    private readonly store: EventStore,
    private readonly readStore: ReadStore,
    private readonly reaction: Reaction,
    private readonly log: RunnerLog,
  ) {
    this.checkpoint = { name: reaction.name, version: 1, collections: {}, events: reaction.events, project: () => [] };
  }

  start(): void {
    this.running = this.run();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        let at = await this.readStore.prepare(this.checkpoint);
        for (;;) {
          this.position = at.position;
          const slice = await this.store.readAll({ after: at.position, limit: 100, types: this.reaction.events });
          for (const event of slice.events) {
            if (signal.aborted) return;
            if (event.unknown) throw new UnknownEvent(event);
            await this.reaction.react(event);
          }
          if (slice.upTo > at.position) {
            if (!(await this.readStore.commit(this.checkpoint, at, [], slice.upTo))) break;
            at = { ...at, position: slice.upTo };
          }
          failures = 0;
          this.error = undefined;
          this.state = 'following';
          this.position = at.position;
          if (signal.aborted) return;
          if (slice.events.length < 100) await this.store.wait(at.position, signal);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.state = 'failed';
        this.error = error instanceof Error ? error.message : String(error);
        this.log.error(
          { reaction: this.reaction.name, position: this.position, err: error },
          'a reaction failed and will try again',
        );
        await pause(retryMs[Math.min(failures++, retryMs.length - 1)]!, signal);
      }
    }
  }

  status(): RunnerStatus {
    return {
      name: this.reaction.name,
      version: 1,
      state: this.state,
      position: this.position,
      ...(this.error === undefined ? {} : { error: this.error }),
    };
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.state = 'stopped';
  }
}
