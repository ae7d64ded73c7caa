import { randomUUID } from 'node:crypto';
import { CannotStart, createLog } from '#platform';
import { build, leaseMsFor } from '#projections';
import { print, rooms, withFiles } from './files.js';
import { progressBar } from './progress.js';

export async function rebuildProjection(name: string, { json }: { json?: boolean }): Promise<void> {
  const known = Object.entries(rooms).flatMap(([room, projections]) => projections.map(projection => ({ room, projection })));
  const found = known.find(({ projection }) => projection.name === name);
  if (!found) {
    const names = known.map(({ projection }) => projection.name);
    throw new CannotStart(
      `没有视图 ${name}；可重建的有：${names.join('、')}。 / There is no view ${name}; those that can be rebuilt: ${names.join(', ')}.`,
    );
  }
  await withFiles(async ({ config, store, ...files }) => {
    const readStore = await files.readStore(found.room);
    const context = {
      store,
      readStore,
      owner: `ops ${process.pid} ${randomUUID()}`,
      leaseMs: config.leaseMs ?? leaseMsFor(readStore),
      now: () => new Date(),
      log: createLog('ops', config),
    };
    const bar = progressBar(name);
    let [events, perSecond] = [0, 0];
    try {
      const { generation } = await build(context, found.projection, {
        progress: progress => {
          ({ events, perSecond } = progress);
          if (!json) bar.at(progress.done, progress.total, events);
        },
      });
      const position = Math.min(...generation.checkpoints.map(one => one.position));
      const { state, note } = generation;
      if (state === 'failed') throw new CannotStart(note.error ?? `${name}: ${state}`);
      print(json, { projection: name, events, position, perSecond, generation: generation.generation, state }, [
        `${name} 已重建：${events} 个事件，到位置 ${position}，每秒 ${perSecond} 个 / rebuilt from ${events} events to position ${position}, ${perSecond}/s`,
      ]);
    } finally {
      bar.stop();
    }
  });
}
