import { openSqliteEventStore } from '#event-store';
import { onTask } from '../children.js';
import { caseloadOf } from './caseload.js';

export interface KnockTask {
  file: string;
  count: number;
}

const pauseLeastMs = 15;
const pauseMostMs = 45;

onTask<KnockTask, { appended: number }>(async ({ file, count }) => {
  const store = await openSqliteEventStore(file);
  const next = caseloadOf({ seed: 1, open: 16 });
  for (let index = 0; index < count; index += 1) {
    await new Promise(resolve => setTimeout(resolve, pauseLeastMs + Math.random() * (pauseMostMs - pauseLeastMs)));
    const { stream, event, expected } = next();
    event.data['sentAtMs'] = performance.timeOrigin + performance.now();
    await store.append(stream, [event], expected);
  }
  await store.close();
  return { appended: count };
});
