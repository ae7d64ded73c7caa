import { noHash } from './chain.js';
import type { Connection } from './kurrent-connection.js';
import { verdictOf, wordsOf } from './kurrent-errors.js';
import type { Known, KnownStreams } from './kurrent-known.js';
import type { KurrentReads } from './kurrent-reads.js';
import { digestOf, numberOf, proposed, type Trace, traceOf } from './kurrent-records.js';
import type { KurrentAddress } from './kurrent-url.js';
import {
  type Appended,
  EventTooLarge,
  type Expected,
  IdempotencyConflict,
  InDoubt,
  StoreUnavailable,
  StreamIsDeleted,
  WrongExpectedRevision,
} from './port.js';
import type { Prepared } from './prepare.js';
import type { Until } from './until.js';

/** The server's default for one call. */
const callMaxBytes = 1_048_576;
const attemptsMost = 50;
const waitMs = 20;
/** Where no user is told there is no TLS either, and the client sends none. */
const nobody = { username: '-', password: '-' };

/**
 * Appends at the exact revision the stream is known to have, whatever was asked for, since every event holds the hash of the one
 * before it. Where the stream turns out to stand elsewhere it is read on and judged: first by our ids, then by the expectation.
 */
export function kurrentAppend(
  connection: Connection,
  address: KurrentAddress,
  reads: KurrentReads,
  streams: KnownStreams,
): (prepared: Prepared, until: Until) => Promise<Appended> {
  async function look(stream: string, until: Until): Promise<Known> {
    const from = (streams.get(stream)?.revision ?? -1) + 1;
    const { events } = await reads.stream(stream, from, 'forward', Number.MAX_SAFE_INTEGER, until);
    return streams.learn(stream, events.map(traceOf));
  }

  /** Where it certainly was not stored: why. */
  async function send(prepared: Prepared, known: Known, until: Until): Promise<Appended | 'moved' | 'unsent'> {
    const { stream } = prepared;
    const { batch, traces } = batchOf(prepared, known);
    const client = connection.client();
    try {
      const result = await until.race(
        client.appendToStream(stream, batch, {
          streamState: known.revision < 0 ? 'no_stream' : BigInt(known.revision),
          deadline: Math.ceil(until.leftMs()),
          requiresLeader: address.requiresLeader,
          // With credentials of its own a call is sent by itself: its deadline is kept, it shares no other append's fate, and
          // the server does not compare its clock with ours.
          credentials: address.credentials ?? nobody,
        }),
      );
      const revision = known.revision + batch.length;
      // Deleted by the server's own means, a stream takes up its old numbers.
      if (!result.position || numberOf(result.nextExpectedRevision) !== revision) return 'moved';
      const position = numberOf(result.position.commit);
      // Of several events only the last one's position is told.
      if (traces.length === 1) streams.learn(stream, [{ ...traces[0]!, position }]);
      return { revision, position, idempotent: false };
    } catch (error) {
      switch (verdictOf(error)) {
        case 'moved':
          return 'moved';
        case 'unsent':
          connection.replace(client);
          return 'unsent';
        case 'not-leader':
          return 'unsent';
        case 'deleted':
          throw new StreamIsDeleted(stream);
        case 'too-large':
          throw new EventTooLarge(`${stream}: more than the KurrentDB server takes in one append (MaxAppendSize)`);
        case 'denied':
          throw new StoreUnavailable(`KurrentDB (${address.shown}) refuses the append: ${wordsOf(error)}`, { cause: error });
        default:
          connection.replace(client);
          streams.forget(stream);
          throw new InDoubt(`${stream}: KurrentDB (${address.shown}) may have stored the append or not: ${wordsOf(error)}`, {
            cause: error,
          });
      }
    }
  }

  return async (prepared, until) => {
    const { stream } = prepared;
    let refusedAt: number | undefined;
    for (let attempt = 1; ; attempt++) {
      // What is remembered may be behind the stream: it can tell what was stored, but refuses nothing.
      const remembered = attempt === 1 ? streams.get(stream) : undefined;
      let known = remembered ?? (await look(stream, until));
      if (known.revision === refusedAt) {
        // The stream is shorter than it was: the server stands on an older copy.
        streams.forget(stream);
        known = await look(stream, until);
      }
      const verdict = judge(prepared, known);
      if ('again' in verdict) return verdict.again;
      if ('refused' in verdict && !remembered) throw verdict.refused;
      if (until.over()) throw new StoreUnavailable(`${stream}: no time was left to send the append; nothing was stored`);
      if ('granted' in verdict) {
        const appended = await send(prepared, known, until);
        if (typeof appended === 'object') return appended;
        if (appended === 'moved') refusedAt = known.revision;
      }
      if (attempt >= attemptsMost) throw new StoreUnavailable(`${stream}: too many append to it at once; nothing was stored`);
      if (attempt > 1) await until.pause(Math.random() * waitMs * attempt);
    }
  };
}

function batchOf({ stream, events }: Prepared, { revision, last }: Known) {
  const since = last?.deletes ? revision + 1 : (last?.since ?? 0);
  const traces: Omit<Trace, 'position'>[] = [];
  let previousHash = last?.hash ?? noHash;
  let bytes = 0;
  const batch = events.map((event, index) => {
    const one = proposed(event, { stream, revision: revision + 1 + index, previousHash, since });
    previousHash = one.trace.hash;
    bytes += one.bytes;
    traces.push(one.trace);
    return one.sent;
  });
  if (bytes > callMaxBytes) throw new EventTooLarge(`${stream}: ${bytes} bytes; KurrentDB takes ${callMaxBytes} in one append`);
  return { batch, traces };
}

type Judgement = { again: Appended } | { refused: Error } | { granted: true };

function judge({ stream, events, expected }: Prepared, { revision, last, ids }: Known): Judgement {
  const found = events.map(event => ids.get(event.id));
  if (found.some(one => one !== undefined)) {
    const first = found[0]?.revision ?? NaN;
    const same = found.every((one, index) => one?.revision === first + index && one.digest === digestOf(events[index]!));
    if (!same) return { refused: new IdempotencyConflict(stream) };
    const { revision, position } = found.at(-1)!;
    return { again: { revision, position, idempotent: true } };
  }
  if (last?.deletes === 'hard') return { refused: new StreamIsDeleted(stream) };
  const there = last !== undefined && last.deletes === undefined;
  return meets(expected, revision, there)
    ? { granted: true }
    : { refused: new WrongExpectedRevision(stream, expected, revision) };
}

function meets(expected: Expected, revision: number, there: boolean): boolean {
  switch (expected) {
    case 'any':
      return true;
    case 'none':
      return !there;
    case 'exists':
      return there;
    default:
      return revision === expected;
  }
}
