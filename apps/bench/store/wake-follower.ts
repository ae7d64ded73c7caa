import { openSqliteEventStore, subscribe } from '#event-store';
import { onTask } from '../children.js';

export interface FollowTask {
  file: string;
  count: number;
}
export interface Seen {
  latenciesMs: number[];
}

/** Both processes run on one machine: `timeOrigin` makes their clocks one. */
export const nowMs = () => performance.timeOrigin + performance.now();

onTask<FollowTask, Seen>(async ({ file, count }) => {
  const store = await openSqliteEventStore(file);
  const latenciesMs: number[] = [];
  await new Promise<void>(resolve => {
    subscribe(store, {
      after: 0,
      async handle({ data }) {
        latenciesMs.push(nowMs() - (data['sentAtMs'] as number));
        if (latenciesMs.length === count) resolve();
      },
      caughtUp: () => latenciesMs.length === 0 && process.send!({ following: true }),
    });
  });
  return { latenciesMs };
});
