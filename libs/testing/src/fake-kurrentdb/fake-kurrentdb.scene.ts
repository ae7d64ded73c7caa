import { randomUUID } from 'node:crypto';
import { afterEach } from '@jest/globals';
import kurrentdb, { type AppendResult, type AppendToStreamOptions, type KurrentDBClient } from '@kurrent/kurrentdb-client';
import { startFakeKurrentDb, type FakeKurrentDb, type FakeKurrentDbOptions } from './fake-kurrentdb.js';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()));
});

/** With credentials the client appends by a call of its own, without by its one batch stream. */
export const ways: [string, Pick<AppendToStreamOptions, 'credentials'>][] = [
  ['batchAppend', {}],
  ['append', { credentials: { username: 'admin', password: 'changeit' } }],
];

/** A real client of a server, disposed of after the test. Its first read would otherwise wait half a second. */
export function clientOf(url: string): KurrentDBClient {
  const client = kurrentdb.KurrentDBClient.connectionString`${url}&discoveryInterval=10`;
  closing.push(() => client.dispose());
  return client;
}

/** A server of the test's own and a client of it. */
export async function scene(
  options: FakeKurrentDbOptions = {},
  query = '',
): Promise<{ fake: FakeKurrentDb; client: KurrentDBClient }> {
  const fake = await startFakeKurrentDb(options);
  const client = clientOf(fake.url + query);
  closing.push(() => fake.close());
  return { fake, client };
}

export const event = (n: number, id: string = randomUUID()) => kurrentdb.jsonEvent({ id, type: 'Counted', data: { n } });

export const events = (count: number) => Array.from({ length: count }, (_, n) => event(n));

export const bytes = (length: number) => kurrentdb.binaryEvent({ type: 'Measured', data: Buffer.alloc(length, 1) });

/** What the errors of the client have in common, which is little: `name` is always `Error`. */
export interface Thrown {
  type?: string;
  code?: number;
  message: string;
  [field: string]: unknown;
}

/** How a promise failed; that it did not, is a failure. */
export async function thrown(promise: Promise<unknown>): Promise<Thrown> {
  const settled = await promise.then(
    value => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in settled) return settled.error as Thrown;
  throw new Error(`Did not fail: ${String(settled.value)}`);
}

/** What a promise comes to, or that it has not come to anything yet. */
export function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | 'pending'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'pending'>(resolve => {
    timer = setTimeout(() => resolve('pending'), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds));

/** Waits for what is on its way; fails after ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Did not come about: ${condition.toString()}`);
    await pause(5);
  }
}

interface Appeared {
  event?: { streamId: string; revision: bigint; data: unknown };
}

/** The numbers that events of `event` carry. */
export async function numbers(read: AsyncIterable<Appeared>): Promise<number[]> {
  const found: number[] = [];
  for await (const { event } of read) found.push((event?.data as { n: number }).n);
  return found;
}

export const countOf = async (read: AsyncIterable<Appeared>): Promise<number> => {
  let count = 0;
  for await (const _ of read) count += 1;
  return count;
};

export const revisionOf = async (appended: Promise<AppendResult>): Promise<bigint> => (await appended).nextExpectedRevision;

/** How most of what goes wrong on the way is told. */
export const unavailable = { type: 'unavailable', code: 14 };

/** A client that knows the server, so that what fails is the call and not the getting to know. */
export async function acquainted(
  options: FakeKurrentDbOptions = {},
  query = '',
): Promise<{ fake: FakeKurrentDb; client: KurrentDBClient }> {
  const { fake, client } = await scene(options, query);
  await client.appendToStream('a.b-1', events(3));
  await countOf(client.readStream('a.b-1'));
  return { fake, client };
}
