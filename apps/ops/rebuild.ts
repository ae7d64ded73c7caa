import { randomUUID } from 'node:crypto';
import { isRefusal } from '#contracts';
import { newCommandId } from '#commands';
import { CannotStart } from '#platform';
import { operate } from '#projections';
import { print, rooms, withFiles } from './files.js';
import { operator, withOperations } from './operator.js';
import { progressBar } from './progress.js';

const reasonDefault = '运维人员要求重建';

interface Options {
  reason?: string;
  hold?: boolean;
  json?: boolean;
}

/** Interrupted, it stays where it is: the same again, or a running service, goes on there. */
export async function rebuildProjection(name: string, { reason = reasonDefault, hold = false, json }: Options): Promise<void> {
  const room = Object.keys(rooms).find(one => rooms[one]!.some(projection => projection.name === name));
  if (room === undefined) {
    const names = Object.values(rooms).flatMap(projections => projections.map(projection => projection.name));
    throw new CannotStart(
      `没有视图 ${name}；可重建的有：${names.join('、')}。 / There is no view ${name}; those that can be rebuilt: ${names.join(', ')}.`,
    );
  }
  await withFiles(files =>
    withOperations(files, room, async operations => {
      const { person, name: who } = operator();
      const envelope = { person, name: who, correlationId: randomUUID(), commandId: newCommandId(operations.now()) };
      const bar = progressBar(name);
      try {
        const outcome = await operate(operations, { order: 'rebuild', projection: name, reason, hold }, envelope, {
          progress: ({ done, total, events }) => bar.at(done, total, events),
        });
        if (isRefusal(outcome)) throw new CannotStart(`${outcome.zh} / ${outcome.en}`);
        if (!outcome.ok) process.exitCode = 1;
        print(json, outcome, [`${name}：${outcome.zh} / ${outcome.en}`]);
      } finally {
        bar.stop();
      }
    }),
  );
}
