import { setImmediate as nextTurn } from 'node:timers/promises';
import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import { broken, streamDeleted, type Failure } from './errors.js';
import { failureOf } from './faults.js';
import { eventFilter } from './filter.js';
import { after, type Inside } from './inside.js';
import type { Stored } from './log.js';
import { eventAppeared, lastStreamPosition, streamName, streamNotFound } from './messages.js';
import { streams } from './stubs.js';
import { subscribeToAll, subscribeToStream } from './subscriptions.js';

type Call = ServerWritableStream<streams.ReadReq, streams.ReadResp>;
type Options = streams.ReadReq.Options;

/** What a read finds: its events, or how it fails; `closing` follows the events of a stream. */
type Found = { events: Iterable<Stored>; closing?: streams.ReadResp } | { missing: string } | { failure: Failure };

const PAGE = 32;

/** Read: reads of a stream and of `$all`, and the subscriptions to both. */
export function readCall(inside: Inside): handleServerStreamingCall<streams.ReadReq, streams.ReadResp> {
  const { faults, traffic } = inside;
  return call => {
    const options = call.request.getOptions() ?? new streams.ReadReq.Options();
    const rpc = options.hasSubscription() ? 'subscribe' : 'read';
    traffic.calls[rpc] += 1;
    const closed = traffic.opened(rpc === 'read' ? 'reads' : 'subscriptions');
    // The Rust reader resets a call that is over, too; only one that is not counts as given up.
    call.once('cancelled', () => {
      if (rpc === 'read' && !call.writableEnded) traffic.cancelledReads += 1;
      closed();
    });
    call.once('finish', closed);
    call.once('error', closed);

    const verdict = faults.verdict(rpc);
    if (verdict === 'silence') return;
    after(faults.delayOf(rpc), () => {
      if (call.cancelled) return;
      if (verdict) call.emit('error', verdict);
      else if (rpc === 'read') void send(inside, call, find(inside, options), Number(options.getCount()));
      else if (options.hasAll()) subscribeToAll(inside, call, options);
      else subscribeToStream(inside, call, options);
    });
  };
}

function find(inside: Inside, options: Options): Found {
  // The page of a read of nothing is refused inside the server, which does not say why.
  const noCount = BigInt(options.getCount()) === 0n;
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  const stream = options.getStream();
  if (stream) return noCount ? unreadable('ReadStreamResult') : findInStream(inside, stream, backwards);
  return noCount ? unreadable('ReadAllResult') : findInAll(inside, options, backwards);
}

function findInStream({ log }: Inside, options: streams.ReadReq.Options.StreamOptions, backwards: boolean): Found {
  const name = streamName(options.getStreamIdentifier());
  const from = options.hasRevision() ? BigInt(options.getRevision()) : 0n;
  if (name === '' || from >= 2n ** 63n) return { failure: broken() };
  if (options.hasEnd() && !backwards) return unreadable('ReadStreamResult');
  const found = log.open(name);
  if (found.kind === 'deleted') return { failure: streamDeleted(name) };
  if (found.kind === 'missing') return { missing: name };
  const last = found.records.length - 1;
  const closing = lastStreamPosition(last);
  if (!backwards) return { events: forwards(found.records, Math.max(Number(from), found.first)), closing };
  const start = options.hasEnd() ? last : Math.min(Number(from), last);
  return { events: downwards(found.records, start, found.first), closing };
}

function findInAll({ log }: Inside, options: Options, backwards: boolean): Found {
  const all = options.getAll();
  const allowed = eventFilter(options);
  const position = all?.hasEnd() ? log.head() : Number(all?.getPosition()?.getCommitPosition() ?? 0);
  const prepare = Number(all?.getPosition()?.getPreparePosition() ?? 0);
  const index = log.indexOf(position);
  if (all?.hasPosition() && prepare > position) return { failure: broken() };
  // Forwards, what lies after the end is merely not there yet; backwards it is no position.
  if (index === undefined || (backwards && position > log.head())) return unreadable('ReadAllResult');
  // Backwards a position means the end of a record, so the event that begins there is not among them.
  const events = backwards ? downwards(log.records, index - 1, 0) : forwards(log.records, index);
  return { events: filtered(events, allowed) };
}

const unreadable = (what: string): Found => ({ failure: broken(`Unexpected ${what}: Error`) });

// Events that are appended while a reader reads are read too: the server reads page by page.
function* forwards(records: readonly Stored[], from: number): Iterable<Stored> {
  for (let index = from; index < records.length; index += 1) {
    const stored = records[index];
    if (stored) yield stored;
  }
}

function* downwards(records: readonly Stored[], from: number, last: number): Iterable<Stored> {
  for (let index = from; index >= last; index -= 1) {
    const stored = records[index];
    if (stored) yield stored;
  }
}

function* filtered(events: Iterable<Stored>, allowed: (event: Stored) => boolean): Iterable<Stored> {
  for (const event of events) if (allowed(event)) yield event;
}

async function send({ faults, traffic, wire }: Inside, call: Call, found: Found, count: number): Promise<void> {
  const fault = faults.takeRead();
  if ('failure' in found) return void call.emit('error', found.failure);
  let sent = 0;
  if ('events' in found) {
    for (const event of found.events) {
      if (sent >= count || sent === fault?.afterEvents) break;
      const flowing = call.write(eventAppeared(event));
      sent += 1;
      traffic.eventsRead += 1;
      if (!flowing) await drained(call);
      else if (sent % PAGE === 0) await nextTurn();
      if (call.cancelled) return;
    }
  }
  if (fault) {
    // What was sent must reach the client before the connection goes.
    if (fault.then === 'disconnect') setTimeout(() => wire.cut(call.getPeer()), 20).unref();
    const error = failureOf(fault.then);
    if (error) call.emit('error', error);
    return;
  }
  if ('missing' in found) call.write(streamNotFound(found.missing));
  else if (found.closing) call.write(found.closing);
  call.end();
}

function drained(call: Call): Promise<void> {
  return new Promise(resolve => {
    const flow = (): void => {
      call.off('drain', flow).off('cancelled', flow).off('error', flow);
      resolve();
    };
    call.once('drain', flow).once('cancelled', flow).once('error', flow);
  });
}
