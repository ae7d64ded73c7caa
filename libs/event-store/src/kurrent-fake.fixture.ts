import { afterEach, expect } from '@jest/globals';
import kurrentdb, { type KurrentDBClient } from '@kurrent/kurrentdb-client';
import { type FakeKurrentDb, type FakeKurrentDbOptions, startFakeKurrentDb } from '#testing';
import { eventOf, uuid } from './contract/fixture.js';
import { openKurrentEventStore } from './kurrent-store.js';
import type { EventStore, StoredEvent } from './port.js';
import { subscribe } from './subscribe.js';

/** What is not about deadlines has time on a busy machine too. */
const patientMs = 30_000;
export const deadlineMs = 2_500;
export const stream = 'catalogue.record-1';
const closing: (() => Promise<unknown>)[] = [];
let ids = 0;
export const event = (more: Parameters<typeof eventOf>[1] = {}) => eventOf(uuid('traps', ++ids), more);
export const events = (count: number) => Array.from({ length: count }, () => event());
export const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

export async function server(options: FakeKurrentDbOptions = {}): Promise<FakeKurrentDb> {
  const fake = await startFakeKurrentDb(options);
  closing.push(() => fake.close());
  return fake;
}
export async function open({ url }: { url: string }, deadlineMs = patientMs): Promise<EventStore> {
  const store = await openKurrentEventStore(url, { deadlineMs });
  closing.push(() => store.close());
  return store;
}
export async function scene(
  options: FakeKurrentDbOptions = {},
  deadlineMs = patientMs,
): Promise<{ fake: FakeKurrentDb; store: EventStore }> {
  const fake = await server(options);
  return { fake, store: await open(fake, deadlineMs) };
}
/** A store whose calls are to run out of time. */
export const hurried = (options: FakeKurrentDbOptions = {}) => scene(options, deadlineMs);
/** Another's program. */
export function client({ url }: { url: string }): KurrentDBClient {
  const made = kurrentdb.KurrentDBClient.connectionString(url);
  closing.push(() => made.dispose());
  return made;
}
export async function soon(holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const end = performance.now() + withinMs; !(await holds());) {
    if (performance.now() > end) throw new Error(`It did not come about: ${holds.toString()}`);
    await pause(5);
  }
}
/** How it failed, and that it did so in time. */
export async function failure(asked: Promise<unknown>): Promise<string> {
  const began = performance.now();
  const name = await asked.then(
    () => 'nothing',
    (error: Error) => error.name,
  );
  expect(performance.now() - began).toBeLessThan(deadlineMs + 10_000);
  return name;
}
export async function everything(store: EventStore): Promise<StoredEvent[]> {
  return (await store.readAll({ after: 0, limit: 1_000_000 })).events;
}
export function following(store: EventStore): { seen: number[]; stop(): Promise<void> } {
  const seen: number[] = [];
  const tail = subscribe(store, { after: 0, retryMs: [20], handle: async one => void seen.push(one.position) });
  closing.push(() => tail.stop());
  return { seen, stop: () => tail.stop() };
}
