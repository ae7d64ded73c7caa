import type { handleClientStreamingCall } from '@grpc/grpc-js';
import { appendAnswer } from './append-answers.js';
import { appendTooLarge, broken, failure, type Failure } from './errors.js';
import { cutsAfter, failureOf, storeUnder, type AppendFault, type Ending } from './faults.js';
import { after, type Inside } from './inside.js';
import type { Expectation, Proposed } from './log.js';
import { expectation, proposed, streamName } from './messages.js';
import type { streams } from './stubs.js';

/** Append: one call for one append, which the client chooses where credentials are given. */
export function appendCall(inside: Inside): handleClientStreamingCall<streams.AppendReq, streams.AppendResp> {
  const { faults, log, settings, traffic, wire } = inside;
  return (call, callback) => {
    traffic.calls.append += 1;
    const events: Proposed[] = [];
    let target: { stream: string; expected: Expectation } | undefined;
    let fault: AppendFault | undefined;
    let size = 0;
    let over = false;

    function answer(answering: () => void): void {
      if (over) return;
      over = true;
      after(faults.delayOf('append'), answering);
    }
    const fail = (error: Failure): void => answer(() => callback(error));
    function end(ending: Ending): void {
      const error = failureOf(ending);
      if (error) return fail(error);
      over = true;
      if (ending === 'disconnect') wire.cut(call.getPeer());
    }

    function receive(request: streams.AppendReq): void {
      const options = request.getOptions();
      if (options) {
        const stream = streamName(options.getStreamIdentifier());
        if (stream === '') return fail(broken());
        target = { stream, expected: expectation(options, options.getRevision()) };
        fault = faults.takeAppend(stream);
      }
      const message = request.getProposedMessage();
      if (message) {
        if (!message.getMetadataMap().has('type') || !message.getMetadataMap().has('content-type'))
          return fail(propertyMissing());
        size += message.getData_asU8().length;
        if (size > settings.maxAppendSize) return fail(appendTooLarge(settings.maxAppendSize));
        events.push(proposed(message));
      }
      if (fault && cutsAfter(fault, events.length)) end(fault.then);
    }

    function commit(): void {
      if (over || call.cancelled) return;
      if (!target) return fail(broken());
      const { stream, expected } = target;
      const store = () => log.append(stream, expected, events);
      if (fault) {
        storeUnder(fault, store);
        return end(fault.then);
      }
      const result = appendAnswer(stream, expected, store());
      answer(() => ('answer' in result ? callback(null, result.answer) : callback(result.failure)));
    }

    const verdict = faults.verdict('append');
    if (verdict === 'silence') end('silence');
    else if (verdict) fail(verdict);
    call.on('data', (request: streams.AppendReq) => {
      if (over) return;
      try {
        receive(request);
      } catch {
        fail(broken());
      }
    });
    // To grpc-js a connection that is cut looks like the end of the request; only then does it say that the call was cancelled.
    call.on('end', () => setImmediate(commit));
    call.on('error', () => (over = true));
  };
}

const propertyMissing = (): Failure =>
  failure(3, "Required Metadata Property 'type' is missing", {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });
