import { batchStreamDeleted, batchWrongExpectedVersion, streamDeleted, type BatchError, type Failure } from './errors.js';
import type { Expectation, Outcome } from './log.js';
import { empty, identifier } from './messages.js';
import { shared, streams } from './stubs.js';

/** The answer to an append of its own call: a conflict is an answer, a deleted stream an error. */
export function appendAnswer(
  stream: string,
  expected: Expectation,
  outcome: Outcome,
): { answer: streams.AppendResp } | { failure: Failure } {
  if (outcome.kind === 'stream-deleted') return { failure: streamDeleted(stream) };
  if (outcome.kind === 'wrong-expected-version') {
    return { answer: new streams.AppendResp().setWrongExpectedVersion(conflict(expected, outcome.current)) };
  }
  const success = new streams.AppendResp.Success();
  if (outcome.revision < 0n) success.setNoStream(new shared.Empty());
  else success.setCurrentRevision(String(outcome.revision));
  if (outcome.position === undefined) success.setNoPosition(new shared.Empty());
  else {
    const position = String(outcome.position);
    success.setPosition(new streams.AppendResp.Position().setCommitPosition(position).setPreparePosition(position));
  }
  return { answer: new streams.AppendResp().setSuccess(success) };
}

/** The answer to one append of a batch stream: whatever becomes of it, the stream goes on. */
export function batchAnswer(
  stream: string,
  expected: Expectation,
  outcome: Outcome,
): streams.BatchAppendResp.Success | BatchError {
  if (outcome.kind === 'stream-deleted') return batchStreamDeleted(stream);
  if (outcome.kind === 'wrong-expected-version') return batchWrongExpectedVersion(expected, outcome.current);
  const success = new streams.BatchAppendResp.Success();
  if (outcome.revision < 0n) success.setNoStream(empty());
  else success.setCurrentRevision(String(outcome.revision));
  if (outcome.position === undefined) return success.setNoPosition(empty());
  const position = String(outcome.position);
  return success.setPosition(new shared.AllStreamPosition().setCommitPosition(position).setPreparePosition(position));
}

/** Addresses an answer to the append it belongs to. */
export function batchResponse(
  correlationId: shared.UUID | undefined,
  stream: string,
  result: streams.BatchAppendResp.Success | BatchError,
): streams.BatchAppendResp {
  const response = new streams.BatchAppendResp().setCorrelationId(correlationId).setStreamIdentifier(identifier(stream));
  return result instanceof streams.BatchAppendResp.Success ? response.setSuccess(result) : response.setError(result);
}

function conflict(expected: Expectation, current: bigint): streams.AppendResp.WrongExpectedVersion {
  const answer = new streams.AppendResp.WrongExpectedVersion();
  if (expected === 'any') answer.setExpectedAny(new shared.Empty());
  else if (expected === 'no_stream') answer.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream_exists') answer.setExpectedStreamExists(new shared.Empty());
  else answer.setExpectedRevision(String(expected));
  return current < 0n ? answer.setCurrentNoStream(new shared.Empty()) : answer.setCurrentRevision(String(current));
}
