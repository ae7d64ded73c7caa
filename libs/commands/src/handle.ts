import { type Accepted, type Actor, isRefusal, refuse, type Refusal } from '#contracts';
import {
  allKnown,
  IdempotencyConflict,
  InDoubt,
  type PlainEvent,
  type StoredEvent,
  StoreUnavailable,
  type VersionedStore,
  WrongExpectedRevision,
} from '#event-store';
import type { Content, Digests } from './digests.js';
import { addressId, derivedId } from './ids.js';
import { occurrence } from './occurrence.js';
import type { Aggregate, Circumstances, Decision, DomainEvent, StepInput } from './rules.js';

/** Everything about a command but its content. */
export interface Envelope {
  commandId: string;
  /** The operation's subject. */
  command: string;
  correlationId: string;
  causationId?: string;
  actor: Actor;
  /** When it is recorded; `today` is the same instant's date in the authority's zone. */
  now: Date;
  today: string;
  ifMatch?: number;
  /** The command makes something: its id may be chosen by the asker, so another body could name another stream. */
  creates?: boolean;
  /** The house itself acts, in a reaction: it may name a past day, since it only follows a fact that does. */
  house?: boolean;
  /** Names of the input's personal fields. */
  personal?: readonly string[];
  digests: Digests;
}

const attemptsMax = 20;
/** Each may take as long as the engine's own deadline. */
const doubtsMax = 2;

/**
 * The whole application layer: load, fold, decide, append at the expected revision, again on a conflict. The same command id
 * is answered as the first time; a refused command stores nothing and is not remembered.
 * @throws WrongExpectedRevision after twenty lost races in a row
 * @throws InDoubt where the engine did not say either when asked again: the same command again is still the same
 * @throws UnknownEvent a newer program wrote to the stream: to decide on half of its history would be to guess
 */
export async function handle<C extends StepInput, S, E extends DomainEvent>(
  store: VersionedStore,
  aggregate: Aggregate<S, E>,
  id: string,
  input: C,
  decide: Decision<C, S, E>,
  envelope: Envelope,
): Promise<Accepted | Refusal> {
  let doubt: InDoubt | undefined;
  for (let attempt = 1, doubts = 0; ; attempt++) {
    try {
      const weighed = await weigh(store, aggregate, id, input, decide, envelope);
      if (isRefusal(weighed)) return weighed;
      if (weighed.answered) return { id, ...weighed.answered };
      const { events, revision } = weighed;
      if (envelope.creates && id !== addressId(envelope.commandId)) {
        const claimed = await claim(store, events[0]!, contentOf(id, input, envelope), envelope.digests);
        if (claimed) return claimed;
      }
      const appended = await store.append(aggregate.stream(id), events, revision < 0 ? 'none' : revision);
      // Known ids: the same command was stored meanwhile, perhaps with another content. The next round looks.
      if (!appended.idempotent) return { id, revision: appended.revision, position: appended.position };
    } catch (error) {
      // What was in doubt stays so where nobody could be asked.
      if (error instanceof StoreUnavailable) throw doubt ?? error;
      const lost = error instanceof WrongExpectedRevision || error instanceof IdempotencyConflict;
      if (error instanceof InDoubt) doubt = error;
      const doubtful = error === doubt && ++doubts <= doubtsMax;
      if ((!lost && !doubtful) || attempt >= attemptsMax) throw error;
    }
  }
}

/** Why the command would be refused now, or nothing; for a command that must not use something up in vain. */
export async function rehearse<C extends StepInput, S, E extends DomainEvent>(
  ...command: Parameters<typeof handle<C, S, E>>
): Promise<Refusal | undefined> {
  const weighed = await weigh(...command);
  return isRefusal(weighed) ? weighed : undefined;
}

interface Weighed {
  /** The command was answered before, as this. */
  answered?: { revision: number; position: number };
  events: PlainEvent[];
  /** -1 where the stream does not exist. */
  revision: number;
}

async function weigh<C extends StepInput, S, E extends DomainEvent>(
  store: VersionedStore,
  aggregate: Aggregate<S, E>,
  id: string,
  input: C,
  decide: Decision<C, S, E>,
  envelope: Envelope,
): Promise<Weighed | Refusal> {
  const content = contentOf(id, input, envelope);
  const history = allKnown(await store.readStream(aggregate.stream(id)));
  const revision = history.length - 1;
  const answered = await answeredBefore(history, content, envelope);
  if (answered) return isRefusal(answered) ? answered : { answered, events: [], revision };
  // Of what is not there the rules have more to say.
  if (envelope.ifMatch !== undefined && envelope.ifMatch !== revision && revision >= 0) return stale(envelope.ifMatch, revision);
  const when = occurrence(input, {
    today: envelope.today,
    previousOn: history.at(-1)?.metadata.occurredOn,
    actor: envelope.actor,
    house: envelope.house ?? false,
  });
  if (isRefusal(when)) return when;
  const circumstances: Circumstances = { actor: envelope.actor, today: envelope.today, occurredOn: when.occurredOn };
  const decided = decide({ ...input, ...circumstances }, fold(aggregate, history));
  if (isRefusal(decided)) return decided;
  if (envelope.ifMatch !== undefined && envelope.ifMatch !== revision) return stale(envelope.ifMatch, revision);
  const metadata = {
    commandId: envelope.commandId,
    command: envelope.command,
    // Not before it is decided: it may make a key, and who is refused leaves nothing behind.
    commandDigest: await envelope.digests.of(content),
    correlationId: envelope.correlationId,
    ...(envelope.causationId ? { causationId: envelope.causationId } : {}),
    person: envelope.actor.person,
    name: envelope.actor.name,
    occurredOn: when.occurredOn,
    recordedAt: envelope.now.toISOString(),
    ...(when.backdated ? { backdated: when.backdated } : {}),
  };
  const events = decided.map((event, index) => ({
    id: derivedId(envelope.commandId, index),
    type: event.type,
    data: event.data,
    metadata,
  }));
  return { events, revision };
}

/** Personal data is about whom the command names, else about the very thing it makes or changes. */
export function dataSubjectOf(id: string, { dataSubject }: { dataSubject?: string | undefined }): string {
  return dataSubject ?? id;
}

function contentOf(id: string, input: StepInput, { command, personal = [] }: Envelope): Content {
  return { command, input, personal, subject: dataSubjectOf(id, input) };
}

function fold<S, E extends DomainEvent>(aggregate: Aggregate<S, E>, history: readonly StoredEvent[]): S {
  return (history as unknown as E[]).reduce((state, event) => aggregate.evolve(state, event), aggregate.initial);
}

/**
 * Ties a command id to its content before anything is stored under an id that the asker chose: the same key with another body
 * would otherwise find another stream and pass for a new command.
 */
async function claim(store: VersionedStore, first: PlainEvent, content: Content, digests: Digests): Promise<Refusal | undefined> {
  const stream = `operations.command-${first.metadata.commandId}`;
  const { commandDigest } = first.metadata;
  try {
    await store.append(
      stream,
      [
        {
          ...first,
          id: derivedId(first.metadata.commandId, 'claim', commandDigest),
          type: 'CommandClaimed',
          data: { commandDigest },
        },
      ],
      'none',
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof WrongExpectedRevision)) throw error;
    const [claimed] = await store.readStream(stream);
    return claimed && (await digests.same(claimed.metadata.commandDigest, content)) ? undefined : reused();
  }
}

/** State of one aggregate, and its history. @throws UnknownEvent */
export async function load<S, E extends DomainEvent>(
  store: VersionedStore,
  aggregate: Aggregate<S, E>,
  id: string,
): Promise<{ state: S; history: readonly StoredEvent[] }> {
  const history = allKnown(await store.readStream(aggregate.stream(id)));
  return { state: fold(aggregate, history), history };
}

async function answeredBefore(
  history: readonly StoredEvent[],
  content: Content,
  { commandId, digests }: Envelope,
): Promise<{ revision: number; position: number } | Refusal | undefined> {
  const last = history.findLast(event => event.metadata.commandId === commandId);
  if (!last) return undefined;
  if (!(await digests.same(last.metadata.commandDigest, content))) return reused();
  return { revision: last.revision, position: last.position };
}

function reused(): Refusal {
  return refuse('invalid', 'idempotency-key-reused', {
    zh: '这个 Idempotency-Key 已用于另一份内容，请换一个新的。',
    en: 'This Idempotency-Key was used with another body; take a new one.',
  });
}

function stale(expected: number, actual: number): Refusal {
  return refuse(
    'stale',
    'revision-stale',
    {
      zh: `内容已被他人更改：您依据的是第 ${expected} 版，现在是第 ${actual} 版，请刷新后再试。`,
      en: `It has changed meanwhile: you saw revision ${expected}, it is at ${actual}. Read it again, then retry.`,
    },
    { detail: { revision: actual } },
  );
}
