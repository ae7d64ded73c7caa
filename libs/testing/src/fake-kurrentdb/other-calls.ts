import type { handleUnaryCall, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { broken, streamDeleted, wrongExpectedVersion } from './errors.js';
import type { Rpc } from './faults.js';
import { after, type Inside } from './inside.js';
import { expectation, streamName, uuid } from './messages.js';
import { features, gossip, shared, streams } from './stubs.js';

/** What the client knows the server by. A later version would be asked for what 23.10 does not have. */
export const VERSION = '23.10.8';

const INSTANCE = '5d4e9c1e-0a53-4c5e-9a77-0d6c3a6f2b10';

/** Serves a call unless a fault has it otherwise. */
function unary<Request, Response>(
  { faults, traffic }: Inside,
  rpc: Rpc,
  serve: (request: Request, callback: sendUnaryData<Response>) => void,
): handleUnaryCall<Request, Response> {
  return (call: ServerUnaryCall<Request, Response>, callback) => {
    traffic.calls[rpc] += 1;
    const verdict = faults.verdict(rpc);
    if (verdict === 'silence') return;
    const delayed: sendUnaryData<Response> = (...answer) => after(faults.delayOf(rpc), () => callback(...answer));
    if (verdict) delayed(verdict);
    else serve(call.request, delayed);
  };
}

/** Delete: the stream reads as missing, its events stay, its numbers go on. */
export const deleteCall = (inside: Inside): handleUnaryCall<streams.DeleteReq, streams.DeleteResp> =>
  unary(inside, 'delete', (request, callback) => {
    remove(inside, request.getOptions(), false, callback, position =>
      new streams.DeleteResp().setPosition(
        new streams.DeleteResp.Position().setCommitPosition(position).setPreparePosition(position),
      ),
    );
  });

/** Tombstone: the name is gone for ever. */
export const tombstoneCall = (inside: Inside): handleUnaryCall<streams.TombstoneReq, streams.TombstoneResp> =>
  unary(inside, 'tombstone', (request, callback) => {
    remove(inside, request.getOptions(), true, callback, position =>
      new streams.TombstoneResp().setPosition(
        new streams.TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position),
      ),
    );
  });

function remove<Response>(
  { log }: Inside,
  options: streams.DeleteReq.Options | streams.TombstoneReq.Options | undefined,
  forEver: boolean,
  callback: sendUnaryData<Response>,
  answer: (position: string) => Response,
): void {
  const stream = streamName(options?.getStreamIdentifier());
  if (!options || stream === '') return callback(broken());
  const expected = expectation(options, options.getRevision());
  const outcome = log.remove(stream, expected, forEver);
  if (outcome.kind === 'stream-deleted') callback(streamDeleted(stream));
  else if (outcome.kind === 'wrong-expected-version') callback(wrongExpectedVersion(stream, expected, outcome.current));
  else callback(null, answer(String(outcome.position)));
}

/** ServerFeatures: what is served, which is of the first protocol only, so nothing of several streams at once. */
export const featuresCall = (inside: Inside): handleUnaryCall<shared.Empty, features.SupportedMethods> =>
  unary(inside, 'features', (_request, callback) => {
    const supported: Record<string, string[]> = {
      append: [],
      batchappend: ['deadline_duration'],
      delete: [],
      read: ['position', 'events'],
      tombstone: [],
    };
    const answer = new features.SupportedMethods().setEventStoreServerVersion(VERSION);
    for (const [method, list] of Object.entries(supported)) {
      answer.addMethods(
        new features.SupportedMethod()
          .setServiceName('event_store.client.streams.streams')
          .setMethodName(method)
          .setFeaturesList(list),
      );
    }
    callback(null, answer);
  });

/** Gossip: a cluster of one, which a `kurrentdb+discover://` client asks for its leader. */
export const gossipCall = (inside: Inside): handleUnaryCall<shared.Empty, gossip.ClusterInfo> =>
  unary(inside, 'gossip', (_request, callback) => {
    const member = new gossip.MemberInfo()
      .setInstanceId(uuid(INSTANCE))
      .setTimeStamp(String(inside.settings.now().getTime() * 10_000))
      .setState(gossip.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new gossip.EndPoint().setAddress('127.0.0.1').setPort(inside.wire.port()));
    callback(null, new gossip.ClusterInfo().setMembersList([member]));
  });
