import type { KurrentDBClient } from '@kurrent/kurrentdb-client';
import type { ReadReq, ReadResp } from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import type { Library } from './kurrent-library.js';
import { houseStreams, isHouses, numberOf, type Recorded } from './kurrent-records.js';
import type { KurrentAddress } from './kurrent-url.js';
import type { Until } from './until.js';

/** So many events, or up to the one that brings them to so many bytes, from a place that belongs to them. */
export type Wanted = { count: number; bytes?: number | undefined; direction: 'forward' | 'backward' } & (
  | { stream: string; from: number | 'end' }
  /** Of the house's streams in the whole log. */
  | { position: number | 'end' }
);

export interface Read {
  got: Recorded[];
  /** It ended at `bytes`. */
  cut?: boolean;
  /** Why there are no more than these, where that was not the end. */
  failure?: unknown;
}

/**
 * One read, by the client's own connection and messages, as it makes all its calls but reads: those it gives to a native library,
 * which knows no deadline, cannot be cancelled, drops what it had of the last 64 events when a call breaks off, never recovers
 * where its first connection failed, and waits some 40 ms in most reads (Nagle's algorithm against delayed acknowledgements).
 */
export function kurrentReadCall(
  library: Library,
  { credentials, requiresLeader }: KurrentAddress,
): (client: KurrentDBClient, wanted: Wanted, until: Until) => Promise<Read> {
  return async (client, wanted, until) => {
    const sent: Sent[] = [];
    let [sum, cut] = [0, false];
    let cancel = () => {};
    const reading = async () => {
      const settings = { requiresLeader, deadline: Math.ceil(until.leftMs()), ...(credentials ? { credentials } : {}) };
      let ended: Promise<void> | undefined;
      // Protected, and not private: they are what the client's own calls are made of.
      const call = await client['GRPCStreamCreator'](library.StreamsClient, 'read', streams => {
        const call = streams.read(request(library, wanted), ...client['callArguments'](settings));
        // At once: a call can fail before its creator has returned, and would then look like one without an event.
        ended = endOf(call, response => {
          const event = response.getEvent()?.getEvent();
          if (!event || cut) return false;
          sent.push(event);
          // A position is inclusive: what stands there was read before.
          if ('position' in wanted && numberOf(event.getCommitPosition()) === wanted.position) return false;
          sum += event.getData_asU8().length + event.getCustomMetadata_asU8().length;
          return (cut = sum >= (wanted.bytes ?? Infinity));
        });
        ended.catch(() => {});
        return call;
      })();
      cancel = () => call.cancel();
      if (until.over()) cancel();
      await ended!;
    };
    try {
      await until.race(reading());
      if (cut) cancel();
      return { got: sent.map(recorded), cut };
    } catch (error) {
      cancel();
      const failure = error instanceof Error ? library.convertToCommandError(error) : error;
      return { got: sent.map(recorded), failure };
    }
  };
}

type Call = ReturnType<InstanceType<Library['StreamsClient']>['read']>;

/** Only the server's word that it was all is an end, or `data`'s that it is enough. */
function endOf(call: Call, data: (response: ReadResp) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    call.on('data', response => data(response) && resolve());
    call.on('error', reject);
    call.on('status', ({ code }) => code === 0 && (call.readableEnded ? resolve() : call.on('end', resolve)));
  });
}

function request({ ReadReq, Empty, StreamIdentifier }: Library, wanted: Wanted): ReadReq {
  const options = new ReadReq.Options();
  if ('stream' in wanted) {
    const stream = new ReadReq.Options.StreamOptions();
    const name = new StreamIdentifier();
    name.setStreamName(new TextEncoder().encode(wanted.stream));
    stream.setStreamIdentifier(name);
    if (wanted.from === 'end') stream.setEnd(new Empty());
    else stream.setRevision(String(wanted.from));
    options.setStream(stream);
    options.setNoFilter(new Empty());
  } else {
    const all = new ReadReq.Options.AllOptions();
    const position = new ReadReq.Options.Position();
    if (wanted.position === 'end') all.setEnd(new Empty());
    else if (wanted.position === 0) all.setStart(new Empty());
    else {
      position.setCommitPosition(String(wanted.position));
      position.setPreparePosition(String(wanted.position));
      all.setPosition(position);
    }
    options.setAll(all);
    const names = new ReadReq.Options.FilterOptions.Expression();
    names.setRegex(houseStreams);
    const filter = new ReadReq.Options.FilterOptions();
    filter.setStreamIdentifier(names);
    filter.setMax(searched);
    filter.setCheckpointintervalmultiplier(1);
    options.setFilter(filter);
  }
  const { FORWARDS, BACKWARDS } = ReadReq.Options.ReadDirection;
  options.setReadDirection(wanted.direction === 'forward' ? FORWARDS : BACKWARDS);
  options.setCount(String(wanted.count));
  options.setResolveLinks(false);
  const ids = new ReadReq.Options.UUIDOption();
  ids.setString(new Empty());
  options.setUuidOption(ids);
  const request = new ReadReq();
  request.setOptions(options);
  return request;
}

/** How many events the server looks at in one go for the house's: it goes on by itself until it has enough. */
const searched = 500;

type Sent = NonNullable<ReturnType<NonNullable<ReturnType<ReadResp['getEvent']>>['getEvent']>>;

function recorded(event: Sent): Recorded {
  const type = event.getMetadataMap().get('type') ?? '';
  return {
    stream: Buffer.from(event.getStreamIdentifier()!.getStreamName_asU8()).toString(),
    // A tombstone has the highest there is.
    revision: isHouses(type) ? numberOf(event.getStreamRevision()) : NaN,
    position: numberOf(event.getCommitPosition()),
    type,
    data: event.getData_asU8(),
    metadata: event.getCustomMetadata_asU8(),
  };
}
