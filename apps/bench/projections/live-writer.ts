import { openEvents } from '#platform';
import { onTask } from '../children.js';
import { draftsOf } from './drafts.js';

export interface WriteTask {
  dataFolder: string;
  count: number;
}
export interface Written {
  appendedAtMs: number[];
}

onTask<WriteTask, Written>(async ({ dataFolder, count }) => {
  const store = await openEvents({ dataFolder, stores: {} });
  const drafts = draftsOf(2);
  const appendedAtMs: number[] = [];
  while (appendedAtMs.length < count) {
    appendedAtMs.push(await drafts.appendOne(store));
    await drafts.pause();
  }
  await store.close();
  return { appendedAtMs };
});
