import { expect } from '@jest/globals';
import { type Subscription, subscribe, type SubscriptionOptions, type SubscriptionStatus } from '../subscribe.js';
import { type Assertion, soon, type Subject } from './fixture.js';

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** A subscription to the test's own streams that keeps the positions it was given. */
function follow(subject: Subject, options: Partial<SubscriptionOptions> = {}): Subscription & { seen: number[] } {
  const seen: number[] = [];
  const { handle, ...rest } = options;
  const subscription = subscribe(subject.store, {
    after: subject.start,
    streams: [subject.stream('')],
    retryMs: [20],
    ...rest,
    async handle(event) {
      await handle?.(event);
      seen.push(event.position);
    },
  });
  return Object.assign(Object.create(subscription) as Subscription, { seen });
}

export const following: Record<string, Assertion> = {
  'ES-38 with four writers, one of them slow, a tailing reader meets every event in order, none late': async subject => {
    const { fixture, stream, event, log } = subject;
    const stores = await Promise.all([fixture.open(), fixture.open()]);
    const tail = follow(subject, { pageEvents: 20 });
    const letGo = await fixture.holdTransaction?.(stream('slow'));
    const writing = Promise.all(
      Array.from({ length: 4 }, async (_, writer) => {
        for (let index = 0; index < 40; index++)
          await stores[writer % 2]!.append(
            stream(`w${writer}`),
            Array.from({ length: 1 + (index % 3) }, () => event()),
            'any',
          );
      }),
    );
    await pause(100);
    letGo?.();
    await writing;
    const all = (await log()).map(one => one.position);
    await soon(() => tail.seen.length >= all.length);
    expect(tail.seen).toEqual(all);
    await tail.stop();
    for (const one of stores) await one.close();
  },

  'ES-39 refused appends cause neither a missing event nor a stall': async subject => {
    const { store, stream, event } = subject;
    const tail = follow(subject);
    for (let index = 0; index < 20; index++) {
      await store.append(stream(), [event()], 'any');
      await store.append(stream(), [event()], 999).catch(() => {});
    }
    await soon(() => tail.seen.length === 20);
    await tail.stop();
  },

  'ES-40 from a position come the events strictly after it, each once, in order': async subject => {
    const { store, stream, events, log } = subject;
    await store.append(stream(), events(10), 'none');
    const all = (await log()).map(one => one.position);
    const tail = follow(subject, { after: all[3]! });
    await soon(() => tail.seen.length === 6);
    expect(tail.seen).toEqual(all.slice(4));
    await tail.stop();
  },

  'ES-40 a reader that waits is woken by an append, and by its own signal': async ({ store, stream, event, start }) => {
    const stop = new AbortController();
    const woken = store.wait(start, stop.signal);
    await store.append(stream(), [event()], 'none');
    await woken;
    const idle = store.wait(await store.head(), stop.signal);
    stop.abort();
    await idle;
    await store.wait(0, AbortSignal.abort());
  },

  'ES-41 from the start into live there is no gap and nothing twice, while others write': async subject => {
    const { fixture, stream, event, log } = subject;
    const other = await fixture.open();
    const writing = (async () => {
      for (let index = 0; index < 120; index++) await other.append(stream(String(index % 5)), [event()], 'any');
    })();
    await pause(10);
    const tail = follow(subject, { pageEvents: 7 });
    await writing;
    const all = (await log()).map(one => one.position);
    await soon(() => tail.seen.length >= all.length);
    expect(tail.seen).toEqual(all);
    await tail.stop();
    await other.close();
  },

  'ES-42 it says when it has caught up, and again after having fallen behind': async subject => {
    const { store, stream, events } = subject;
    await store.append(stream(), events(5), 'none');
    const caughtUp: number[] = [];
    let hold = Promise.resolve();
    const tail = follow(subject, { pageEvents: 3, handle: () => hold, caughtUp: () => caughtUp.push(tail.seen.length) });
    await soon(() => caughtUp.length === 1);
    expect(caughtUp).toEqual([5]);
    let release = () => {};
    hold = new Promise(resolve => (release = resolve));
    for (let index = 0; index < 4; index++) await store.append(stream(), events(2), 'any');
    release();
    await soon(() => caughtUp.length === 2);
    expect(caughtUp[1]).toBe(13);
    await tail.stop();
  },

  'ES-43 never more than one call of the handler is at work': async subject => {
    const { store, stream, event } = subject;
    let [atWork, most] = [0, 0];
    const tail = follow(subject, {
      async handle() {
        most = Math.max(most, ++atWork);
        await pause(2);
        atWork--;
      },
    });
    await Promise.all(Array.from({ length: 20 }, (_, index) => store.append(stream(String(index)), [event()], 'any')));
    await soon(() => tail.seen.length === 20);
    expect(most).toBe(1);
    await tail.stop();
  },

  'ES-44 a handler that throws is told with the position, and the next event does not come first': async subject => {
    const { store, stream, events, log } = subject;
    await store.append(stream(), events(4), 'none');
    const all = (await log()).map(one => one.position);
    const said: SubscriptionStatus[] = [];
    let failures = 0;
    const failing = async ({ position }: { position: number }) => {
      if (position === all[1] && failures++ < 2) throw new Error('no');
    };
    const retrying = follow(subject, { handle: failing, status: status => said.push(status) });
    await soon(() => retrying.seen.length === 4);
    expect(retrying.seen).toEqual(all);
    expect(said.filter(one => one.state === 'failed')).toMatchObject([{ position: all[1] }, { position: all[1] }]);
    await retrying.stop();
    failures = 0;
    const stopping = follow(subject, { handle: failing, onError: 'stop' });
    await expect(stopping.ended).rejects.toThrow('no');
    expect(stopping.seen).toEqual(all.slice(0, 1));
  },

  'ES-45 a dropped connection is resumed from the last event handled, and said': async subject => {
    const { store, stream, event, log, fixture } = subject;
    const tail = follow(subject);
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 10; index++) await store.append(stream(), [event()], 'any');
      await fixture.dropConnections!();
      await soon(async () => {
        try {
          return (await store.append(stream(), [event()], 'any')).revision > 0;
        } catch {
          return false;
        }
      });
    }
    const all = (await log()).map(one => one.position);
    await soon(() => tail.seen.length >= all.length);
    expect(tail.seen).toEqual(all);
    await tail.stop();
  },

  'ES-46 a filter that matches nothing still says how far the log was read': async subject => {
    const { store, stream, events, start } = subject;
    await store.append(stream(), events(12), 'none');
    const head = await store.head();
    expect(await store.readAll({ after: start, limit: 5, types: ['Other'] })).toEqual({ events: [], upTo: head });
    const checkpoints: number[] = [];
    const tail = follow(subject, { types: ['Other'], checkpoint: async position => void checkpoints.push(position) });
    await soon(() => checkpoints.at(-1) === head);
    expect(tail.seen).toEqual([]);
    await tail.stop();
  },

  'ES-48 a checkpoint that cannot be kept neither hangs nor ends the process': async subject => {
    const { store, stream, events } = subject;
    await store.append(stream(), events(3), 'none');
    let failures = 0;
    const said: SubscriptionStatus[] = [];
    const tail = follow(subject, {
      status: status => said.push(status),
      async checkpoint() {
        if (failures++ < 2) throw new Error('full');
      },
    });
    await soon(() => failures > 2);
    await store.append(stream(), events(1), 'any');
    await soon(() => tail.seen.length === 4);
    expect(said.some(one => one.state === 'failed')).toBe(true);
    await tail.stop();
  },

  'ES-51 stopping waits for a handler at work, and none is called afterwards': async subject => {
    const { store, stream, events } = subject;
    await store.append(stream(), events(3), 'none');
    let release = () => {};
    let begun = false;
    const tail = follow(subject, { handle: () => new Promise<void>(resolve => ((begun = true), (release = resolve))) });
    await soon(() => begun);
    const stopped = tail.stop();
    release();
    await stopped;
    await store.append(stream(), events(1), 'any');
    await pause(50);
    expect(tail.seen).toHaveLength(1);
  },

  'ES-55 a reader passes over a deleted stream and advances': async subject => {
    const { store, stream, events, event } = subject;
    await store.append(
      stream('gone'),
      [...events(2), event({ type: 'StreamDeleted', data: { kind: 'hard', why: '误建' } })],
      'none',
    );
    await store.append(stream('next'), [event()], 'none');
    const tail = follow(subject);
    await soon(() => tail.seen.length === 4);
    expect(tail.position).toBe(await store.head());
    await tail.stop();
  },
};
