import { randomUUID } from 'node:crypto';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { createCheckpoints, type Checkpoints } from './checkpoints.js';
import { broken, consumerTooSlow, streamDeleted, type Failure } from './errors.js';
import { eventFilter } from './filter.js';
import type { Inside } from './inside.js';
import type { Stored } from './log.js';
import { caughtUp, checkpoint, confirmation, eventAppeared, fellBehind, streamName } from './messages.js';
import type { streams } from './stubs.js';

type Call = ServerWritableStream<streams.ReadReq, streams.ReadResp>;

/** What one subscription follows. */
interface Interest {
  /** The index in the log of the first record that may be of interest. */
  next: number;
  allowed: (event: Stored) => boolean;
  checkpoints?: Checkpoints;
  /** Absent where there is something to have caught up with. */
  nothingYet?: () => boolean;
  /** How the subscription ends after an event, if it does. */
  endsAfter?: (event: Stored) => Failure | undefined;
}

const PAGE = 32;

/** Follows `$all` after a position, with or without a filter. */
export function subscribeToAll(inside: Inside, call: Call, options: streams.ReadReq.Options): void {
  const { log } = inside;
  const all = options.getAll();
  const position = Number(all?.getPosition()?.getCommitPosition() ?? 0);
  const index = all?.hasEnd() ? log.records.length : log.indexOf(position);
  if (index === undefined) return void call.emit('error', broken());
  const filter = options.getFilter();
  follow(inside, call, {
    // The event at the position itself has been handled, except at 0, where there is none.
    next: log.records[index]?.position === position ? index + 1 : index,
    allowed: eventFilter(options),
    ...(filter ? { checkpoints: createCheckpoints(filter, PAGE) } : {}),
  });
}

/** Follows one stream after a revision. */
export function subscribeToStream(inside: Inside, call: Call, options: streams.ReadReq.Options): void {
  const { log } = inside;
  const from = options.getStream();
  const name = streamName(from?.getStreamIdentifier());
  if (name === '') return void call.emit('error', broken());
  if (log.open(name).kind === 'deleted') return void call.emit('error', streamDeleted(name));
  const first = from?.hasRevision() ? BigInt(from.getRevision()) + 1n : 0n;
  follow(inside, call, {
    next: from?.hasEnd() ? log.records.length : 0,
    allowed(event) {
      if (event.stream !== name || event.revision < first) return false;
      const found = log.open(name);
      return found.kind !== 'found' || event.revision >= BigInt(found.first);
    },
    // The server waits for a stream that is not there, and says nothing meanwhile.
    ...(from?.hasEnd() ? {} : { nothingYet: () => log.open(name).kind === 'missing' }),
    endsAfter: event => (event.type === '$streamDeleted' ? streamDeleted(name) : undefined),
  });
}

function follow(inside: Inside, call: Call, interest: Interest): void {
  const { log, settings, subscriptions } = inside;
  const { allowed, checkpoints } = interest;
  let { next } = interest;
  let live = false;
  let scheduled = false;
  let blocked = false;
  let over = false;
  /** The index at which a burst that is too much ends the subscription, or its being live. */
  let tooMuchAt: number | undefined;

  function end(error?: Failure): void {
    if (over) return;
    over = true;
    subscriptions.delete(subscription);
    if (error) call.emit('error', error);
  }
  const drop = (): void => end(consumerTooSlow());

  function schedule(): void {
    if (scheduled || blocked || over) return;
    scheduled = true;
    setImmediate(pump);
  }

  function pump(): void {
    scheduled = false;
    let flowing = true;
    for (let considered = 0; flowing && next < log.records.length && !over; considered += 1) {
      if (considered === PAGE) return schedule();
      const event = log.records[next] as Stored;
      next += 1;
      const matches = allowed(event);
      if (matches) flowing = call.write(eventAppeared(event));
      const reached = checkpoints?.consider(event, matches, live);
      if (reached !== undefined) flowing = call.write(checkpoint(reached)) && flowing;
      const failure = matches ? interest.endsAfter?.(event) : undefined;
      if (failure) return end(failure);
      if (next === tooMuchAt) endBurst();
    }
    if (over) return;
    if (!flowing) {
      blocked = true;
      call.once('drain', () => {
        blocked = false;
        schedule();
      });
      return;
    }
    if (!live && !interest.nothingYet?.()) {
      live = true;
      checkpoints?.live();
      call.write(caughtUp());
    }
  }

  function endBurst(): void {
    tooMuchAt = undefined;
    if (settings.slowConsumers === 'drop') return drop();
    call.write(fellBehind());
    live = false;
  }

  // A live subscription has a small buffer. The server finds it full when it writes, whatever the consumer does.
  function committed(): void {
    if (live && tooMuchAt === undefined && settings.slowConsumers !== 'wait') tooMuchAt = overflow();
    schedule();
  }
  function overflow(): number | undefined {
    let waiting = 0;
    let buffered = next;
    for (let index = next; index < log.records.length; index += 1) {
      if (!allowed(log.records[index] as Stored)) continue;
      waiting += 1;
      if (waiting === PAGE) buffered = index + 1;
      if (waiting >= settings.burst) return Math.max(buffered, next + 1);
    }
    return undefined;
  }

  const subscription = { committed, drop };
  subscriptions.add(subscription);
  call.once('cancelled', () => end());
  call.write(confirmation(randomUUID()));
  schedule();
}
