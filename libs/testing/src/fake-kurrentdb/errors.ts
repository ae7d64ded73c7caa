import { Metadata, type StatusObject, status as codes } from '@grpc/grpc-js';
import type { Expectation } from './log.js';
import { empty, identifier } from './messages.js';
import { anyPb, shared, status } from './stubs.js';

/** How a call ends when it ends badly; `metadata` carries what the client's error classes are made from. */
export type Failure = Pick<StatusObject, 'code' | 'details'> & { metadata?: Metadata };

/** An error that ends a whole call. */
export function failure(code: number, details: string, fields: Record<string, string> = {}): Failure {
  const metadata = new Metadata();
  // Trailers are ASCII; a name that is not would end the connection instead of the call.
  for (const [key, value] of Object.entries(fields)) metadata.set(key, value.replace(/[^\x20-\x7e]/g, '?'));
  return { code, details, metadata };
}

/** Of a server that is starting: what it was asked is not handled. */
export const unavailable = (): Failure => failure(codes.UNAVAILABLE, 'Server Is Not Ready');

/** Of a call that was under way when its connection broke: it may have been handled. */
export const cutOff = (): Failure => failure(codes.UNAVAILABLE, 'Connection dropped');

export const notLeader = (host: string, port: number): Failure =>
  failure(codes.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });

/** The server gave up waiting: what it was asked to write may still be written. */
export const timedOut = (what = 'Commit phase timeout.'): Failure => failure(codes.ABORTED, `Operation timed out: ${what}`);

/** The code and text of 23.10; later servers do not drop a slow consumer. */
export const consumerTooSlow = (): Failure =>
  timedOut('Consumer too slow to handle event while live. Client resubscription required.');

export const streamDeleted = (stream: string): Failure =>
  failure(codes.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

export const appendTooLarge = (limit: number): Failure =>
  failure(codes.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(limit),
  });

/** Only of a delete: an append that meets another revision is answered, not failed. */
export function wrongExpectedVersion(stream: string, expected: Expectation, current: bigint): Failure {
  const version = { any: -2n, no_stream: -1n, stream_exists: -4n };
  const expectedVersion = String(typeof expected === 'bigint' ? expected : version[expected]);
  const details =
    `Delete failed due to WrongExpectedVersion. Stream: ${stream}, ` +
    `Expected version: ${expectedVersion}, Actual version: ${current}`;
  return failure(codes.FAILED_PRECONDITION, details, {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': expectedVersion,
    'actual-version': String(current),
  });
}

/** What an exception inside the server looks like from outside. */
export const broken = (details = 'Exception was thrown by handler.'): Failure => failure(codes.UNKNOWN, details);

/** How one append of a batch stream fails while the stream goes on. */
export type BatchError = status.Status;

// Inside a batch stream one append fails alone, by a status with typed details.
function batchError(code: number, name: string, details: Uint8Array): BatchError {
  const any = new anyPb.Any();
  any.pack(details, `event_store.client.${name}`);
  return new status.Status().setCode(code).setMessage(name).setDetails(any);
}

export const batchTimeout = (): BatchError =>
  batchError(codes.DEADLINE_EXCEEDED, 'Timeout', new shared.Timeout().serializeBinary());

export const batchBadRequest = (message: string): BatchError =>
  batchError(codes.INVALID_ARGUMENT, 'BadRequest', new shared.BadRequest().setMessage(message).serializeBinary());

export const batchAppendTooLarge = (limit: number): BatchError => {
  const details = new shared.MaximumAppendSizeExceeded().setMaxappendsize(limit);
  return batchError(codes.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', details.serializeBinary());
};

export const batchStreamDeleted = (stream: string): BatchError => {
  const details = new shared.StreamDeleted().setStreamIdentifier(identifier(stream));
  return batchError(codes.NOT_FOUND, 'StreamDeleted', details.serializeBinary());
};

export function batchWrongExpectedVersion(expected: Expectation, current: bigint): BatchError {
  const details = new shared.WrongExpectedVersion();
  if (current < 0n) details.setCurrentNoStream(empty());
  else details.setCurrentStreamRevision(String(current));
  if (expected === 'any') details.setExpectedAny(empty());
  else if (expected === 'no_stream') details.setExpectedNoStream(empty());
  else if (expected === 'stream_exists') details.setExpectedStreamExists(empty());
  else details.setExpectedStreamPosition(String(expected));
  return batchError(codes.ALREADY_EXISTS, 'WrongExpectedVersion', details.serializeBinary());
}
