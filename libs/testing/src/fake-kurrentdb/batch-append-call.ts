import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import { batchAnswer, batchResponse } from './append-answers.js';
import { batchAppendTooLarge, batchBadRequest, batchTimeout, broken, type BatchError } from './errors.js';
import { cutsAfter, failureOf, storeUnder, type AppendFault, type Ending } from './faults.js';
import { after, type Inside } from './inside.js';
import type { Expectation, Proposed } from './log.js';
import { expectation, proposed, streamName } from './messages.js';
import type { shared, streams } from './stubs.js';

interface Pending {
  stream: string;
  expected: Expectation;
  events: Proposed[];
  size: number;
  fault: AppendFault | undefined;
  timer: NodeJS.Timeout;
}

/** BatchAppend: one call for all appends of a client, answered by correlation id. An error of the call fails them all. */
export function batchAppendCall(inside: Inside): handleBidiStreamingCall<streams.BatchAppendReq, streams.BatchAppendResp> {
  const { faults, log, settings, traffic, wire } = inside;
  return call => {
    const pending = new Map<string, Pending>();
    const closed = traffic.opened('batchStreams');
    let over = false;

    function close(): void {
      over = true;
      closed();
      pending.forEach(append => clearTimeout(append.timer));
      pending.clear();
    }
    function respond(id: shared.UUID | undefined, stream: string, result: streams.BatchAppendResp.Success | BatchError): void {
      after(faults.delayOf('batchAppend'), () => {
        if (!over) call.write(batchResponse(id, stream, result));
      });
    }
    function end(id: shared.UUID | undefined, stream: string, ending: Ending): void {
      if (ending === 'timeout') return respond(id, stream, batchTimeout());
      if (ending === 'disconnect') return wire.cut(call.getPeer());
      const error = failureOf(ending);
      if (!error) return;
      close();
      call.emit('error', error);
    }
    function forget(correlation: string): Pending | undefined {
      const append = pending.get(correlation);
      clearTimeout(append?.timer);
      pending.delete(correlation);
      return append;
    }

    function begin(request: streams.BatchAppendReq, options: streams.BatchAppendReq.Options): boolean {
      const id = request.getCorrelationId();
      const stream = streamName(options.getStreamIdentifier());
      traffic.calls.batchAppend += 1;
      const verdict = faults.verdict('batchAppend');
      if (verdict === 'silence') return false;
      if (verdict) {
        close();
        call.emit('error', verdict);
        return false;
      }
      if (stream === '') {
        respond(id, stream, batchBadRequest('Required field StreamIdentifier not set.'));
        return false;
      }
      const timeoutMs = Math.min(requestedTimeoutMs(options), settings.writeTimeoutMs);
      if (timeoutMs <= 0) {
        respond(id, stream, batchTimeout());
        return false;
      }
      const correlation = id?.getString() ?? '';
      // Only a batch that never becomes whole is timed out; a whole one is written at once.
      const timer = setTimeout(() => forget(correlation) && respond(id, stream, batchTimeout()), timeoutMs).unref();
      const expected = expectation(options, options.getStreamPosition());
      pending.set(correlation, { stream, expected, events: [], size: 0, fault: faults.takeAppend(stream), timer });
      return true;
    }

    function receive(request: streams.BatchAppendReq): void {
      const id = request.getCorrelationId();
      const correlation = id?.getString() ?? '';
      const options = request.getOptions();
      if (options && !begin(request, options)) return;
      const append = pending.get(correlation);
      if (!append) return;
      const { stream, expected, events, fault } = append;
      for (const message of request.getProposedMessagesList()) {
        append.size += message.getData_asU8().length;
        events.push(proposed(message));
      }
      if (append.size > settings.maxAppendSize) {
        forget(correlation);
        return respond(id, stream, batchAppendTooLarge(settings.maxAppendSize));
      }
      if (fault && cutsAfter(fault, events.length)) {
        forget(correlation);
        return end(id, stream, fault.then);
      }
      if (!request.getIsFinal()) return;
      forget(correlation);
      const store = () => log.append(stream, expected, events);
      if (fault) {
        storeUnder(fault, store);
        return end(id, stream, fault.then);
      }
      respond(id, stream, batchAnswer(stream, expected, store()));
    }

    call.on('data', (request: streams.BatchAppendReq) => {
      if (over) return;
      try {
        receive(request);
      } catch (error) {
        const options = request.getOptions();
        // Past its first message the server no longer knows whom to answer, and the whole call breaks.
        if (!options) call.emit('error', broken());
        else {
          const message = error instanceof Error ? error.message : String(error);
          respond(request.getCorrelationId(), streamName(options.getStreamIdentifier()), batchBadRequest(message));
        }
      }
    });
    call.on('end', () => {
      close();
      call.end();
    });
    call.on('cancelled', close);
    call.on('error', close);
  };
}

function requestedTimeoutMs(options: streams.BatchAppendReq.Options): number {
  const duration = options.getDeadline();
  if (duration) return duration.getSeconds() * 1000 + duration.getNanos() / 1e6;
  const instant = options.getDeadline21100()?.toDate().getTime();
  return instant === undefined ? Infinity : instant - Date.now();
}
