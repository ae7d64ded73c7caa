import { openSqliteEventStore } from '#event-store';
import { derivedId, newCommandId } from '#commands';
import { onTask } from '../children.js';
import { percentile } from '../figure.js';

export interface WriterTask {
  file: string;
  name: string;
  /** When all begin, and when they end: milliseconds since 1970. */
  from: number;
  to: number;
}
export interface Written {
  appends: number;
  /** Milliseconds. */
  p99: number;
  longest: number;
}

/** Appends one event after another to a stream of its own, each as soon as the one before is stored. */
onTask<WriterTask, Written>(async ({ file, name, from, to }) => {
  const store = await openSqliteEventStore(file);
  await new Promise(resolve => setTimeout(resolve, from - Date.now()));
  const took: number[] = [];
  for (let revision = -1; Date.now() < to; revision += 1) {
    const now = new Date();
    const commandId = newCommandId(now);
    const today = now.toISOString().slice(0, 10);
    const event = {
      id: derivedId(commandId, 0),
      type: 'PostRegistered',
      version: 1,
      data: {
        postId: commandId,
        channel: 'microblog',
        text: '省民政厅向灾区紧急调拨帐篷、棉被和折叠床。'.repeat(4),
        postedOn: today,
      },
      metadata: {
        commandId,
        command: 'channels.post.register',
        commandDigest: '0'.repeat(64),
        correlationId: commandId,
        person: 'lin-fang',
        name: '林芳（领导小组办公室主任）',
        occurredOn: today,
        recordedAt: now.toISOString(),
      },
    };
    const begun = performance.now();
    await store.append(`channels.post-${name}`, [event], revision < 0 ? 'none' : revision);
    took.push(performance.now() - begun);
  }
  await store.close();
  return { appends: took.length, p99: percentile(took, 0.99), longest: took.reduce((most, one) => Math.max(most, one), 0) };
});
