import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { credentials } from '@grpc/grpc-js';
import type { KurrentDBClient } from '@kurrent/kurrentdb-client';
import {
  acquainted,
  clientOf,
  event,
  events,
  pause,
  scene,
  thrown,
  unavailable,
  until,
  ways,
  within,
} from './fake-kurrentdb.scene.js';
import type { AppendFault, Ending } from './faults.js';
import { empty, identifier, uuid } from './messages.js';
import { streams, StreamsClient } from './stubs.js';

describe.each(ways)('fake KurrentDB: the next append, by %s,', (way, by) => {
  const batch = way === 'batchAppend';

  test.each<[Ending, object]>([
    ['unavailable', unavailable],
    ['disconnect', unavailable],
    ['timeout', batch ? { type: 'deadline-exceeded', code: undefined } : { type: 'unknown', code: 10 }],
    [
      { code: 1, details: 'Shutting down' },
      { type: 'cancelled', code: 1 },
    ],
    [{ leader: { host: '127.0.0.1', port: 2 } }, { type: 'not-leader', leader: { address: '127.0.0.1', port: 2 } }],
  ])('ends with %j whether stored or not, and a retry settles it', async (then, expected) => {
    for (const stored of [true, false]) {
      const { fake, client } = await acquainted();
      const inDoubt = event(7);
      const append = (on: KurrentDBClient) => on.appendToStream('a.b-1', inDoubt, { streamState: 2n, ...by });
      fake.faults.nextAppend({ stored, then });
      expect(await thrown(append(client))).toMatchObject(expected);
      expect(fake.log()).toHaveLength(stored ? 4 : 3);
      // A client that was sent to another leader goes there first.
      expect((await append(typeof then === 'object' ? clientOf(fake.url) : client)).nextExpectedRevision).toBe(3n);
      expect(fake.log()).toHaveLength(4);
    }
  });

  test('is never answered, and only a call of its own heeds the deadline', async () => {
    const { fake, client } = await acquainted();
    fake.faults.nextAppend({ stored: true, then: 'silence' });
    const silent = thrown(client.appendToStream('a.b-1', event(1), { deadline: 150, ...by }));
    if (batch) expect(await within(400, silent)).toBe('pending');
    else expect(await silent).toMatchObject({ type: 'deadline-exceeded', code: 4 });
    await client.appendToStream('a.b-1', event(2), by);
    expect(fake.log()).toHaveLength(5);
  });

  test.each<[string, AppendFault]>([
    ['cut off', { stored: false, then: 'disconnect', afterEvents: 2 }],
    ['broken off', { stored: false, then: 'unavailable', afterEvents: 2 }],
  ])('is %s when half of it has come, and leaves nothing', async (_, fault) => {
    const { fake, client } = await acquainted();
    fake.faults.nextAppend(fault);
    const halved = client.appendToStream('a.b-1', events(4), { streamState: 2n, batchAppendSize: 1, ...by });
    expect(await thrown(halved)).toMatchObject(unavailable);
    expect(fake.log()).toHaveLength(3);
    await client.appendToStream('a.b-1', events(4), { streamState: 2n, batchAppendSize: 1, ...by });
    expect(fake.log()).toHaveLength(7);
  });

  test('is stored after the client was told that it failed', async () => {
    const { fake, client } = await acquainted();
    const [late, other] = [event(7), event(8)];
    const append = (one: typeof late) => client.appendToStream('a.b-1', one, { streamState: 2n, ...by });
    let store = (): void => {};
    const later = () => new Promise<void>(resolve => (store = resolve));
    fake.faults.nextAppend({ stored: later(), then: 'unavailable' });
    await thrown(append(late));
    expect(fake.log()).toHaveLength(3);
    store();
    await until(() => fake.log().length === 4);
    expect((await append(late)).nextExpectedRevision).toBe(3n);
    // One that comes too late is refused as anybody's would be.
    fake.faults.nextAppend({ stored: later(), then: 'timeout', stream: 'a.b-2' });
    await thrown(client.appendToStream('a.b-2', late, { streamState: 'no_stream', ...by }));
    await client.appendToStream('a.b-2', other, { streamState: 'no_stream', ...by });
    store();
    await pause(0);
    expect(fake.log().slice(4)).toEqual([expect.objectContaining({ id: other.id })]);
  });

  test('is chosen by stream and as often as said', async () => {
    const { fake, client } = await acquainted();
    fake.faults.nextAppend({ stored: false, then: 'timeout', stream: 'a.b-2', times: 2 });
    const append = (stream: string) => client.appendToStream(stream, event(1), by);
    await append('a.b-1');
    await thrown(append('a.b-2'));
    await thrown(append('a.b-2'));
    await append('a.b-2');
    expect(fake.log()).toHaveLength(5);
  });

  test('is applied at once and answered late, in order', async () => {
    const { fake, client } = await acquainted();
    fake.faults.delay(200, way as 'append');
    const order: number[] = [];
    const start = performance.now();
    const delayed = [0, 1, 2].map(n => client.appendToStream('a.b-1', event(n), by).then(() => order.push(n)));
    await until(() => fake.log().length === 6);
    expect(order).toEqual([]);
    await Promise.all(delayed);
    expect(performance.now() - start).toBeGreaterThan(190);
    expect(order).toEqual([0, 1, 2]);
  });
});

describe('fake KurrentDB: a batch', () => {
  test('whose deadline has passed when it comes is not stored', async () => {
    const { fake, client } = await acquainted();
    const late = client.appendToStream('a.b-1', event(1), { deadline: -1 });
    expect(await thrown(late)).toMatchObject({ type: 'deadline-exceeded', code: undefined });
    expect(fake.log()).toHaveLength(3);
  });

  test('that never becomes whole is given up, and leaves nothing', async () => {
    const { fake } = await scene({ writeTimeoutMs: 60 });
    const client = new StreamsClient(`127.0.0.1:${fake.port}`, credentials.createInsecure());
    const call = client.batchAppend();
    const answer = new Promise<streams.BatchAppendResp>(resolve => call.once('data', resolve));
    const options = new streams.BatchAppendReq.Options().setStreamIdentifier(identifier('a.b-1')).setAny(empty());
    const message = new streams.BatchAppendReq.ProposedMessage().setId(uuid(randomUUID())).setData('e30=');
    message.getMetadataMap().set('type', 'Counted').set('content-type', 'application/json');
    const half = new streams.BatchAppendReq().setCorrelationId(uuid(randomUUID())).setOptions(options).setIsFinal(false);
    call.write(half.setProposedMessagesList([message]));
    expect((await answer).getError()?.getMessage()).toBe('Timeout');
    const rest = new streams.BatchAppendReq().setCorrelationId(half.getCorrelationId()).setIsFinal(true);
    call.write(rest.setProposedMessagesList([message]));
    call.end();
    await new Promise(resolve => call.once('end', resolve));
    client.close();
    expect(fake.log()).toHaveLength(0);
  });
});
