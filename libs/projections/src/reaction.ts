import { type StoredEvent, UnknownEvent } from '#event-store';
import type { Work } from './apply.js';
import type { Context } from './context.js';
import { type RunningProjection, runProjection } from './projection-runner.js';
import { accountFor, sumOf } from './tally.js';

/**
 * Turns a fact into commands. `react` must be repeatable: its commands' identities come from the event's id, so that an event
 * met twice (a crash between the command and the checkpoint) changes nothing.
 */
export interface Reaction {
  name: string;
  events: readonly string[];
  react(event: StoredEvent): Promise<void>;
}

export type RunningReaction = Pick<RunningProjection, 'status' | 'stop'>;

/**
 * Follows the log in one process at a time, with a lease and a checkpoint as a projection has them and no documents. Each event at least
 * once and in order: one that cannot be handled is tried again for ever, never skipped, and others wait behind it.
 */
export function runReaction(context: Context, reaction: Reaction): RunningReaction {
  const { name, events } = reaction;
  return runProjection(context, { name, version: 1, collections: {}, events, project: () => [] }, reacting(reaction));
}

function reacting(reaction: Reaction): Work {
  return ({ readStore }, { at, part, fence, projection }, standing, signal, { moved }) => {
    async function move(to: number, event?: StoredEvent): Promise<void> {
      const tally = sumOf([standing.tally]);
      if (event) accountFor(tally, event.type, event.position);
      await readStore.commit(projection, at, { part, fence, from: standing.position, to, writes: [], tally });
      standing.position = standing.read = to;
      standing.tally = tally;
      moved(event ? 1 : 0);
    }
    return {
      async apply({ events, upTo }) {
        for (const event of events) {
          if (signal.aborted) return false;
          if (event.unknown) throw new UnknownEvent(event);
          await reaction.react(event);
          await move(event.position, event);
        }
        if (upTo > standing.position) await move(upTo);
        return true;
      },
      async flush() {},
    };
  };
}
