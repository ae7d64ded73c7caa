import { CannotStart } from '#platform';
import { rebuild } from '#projections';
import { print, rooms, withFiles } from './files.js';
import { perSecond, progressBar } from './progress.js';

export async function rebuildProjection(name: string, { json }: { json?: boolean }): Promise<void> {
  const known = Object.entries(rooms).flatMap(([room, projections]) => projections.map(projection => ({ room, projection })));
  const found = known.find(({ projection }) => projection.name === name);
  if (!found) {
    const names = known.map(({ projection }) => projection.name);
    throw new CannotStart(
      `没有视图 ${name}；可重建的有：${names.join('、')}。 / There is no view ${name}; those that can be rebuilt: ${names.join(', ')}.`,
    );
  }
  await withFiles(async ({ store, readStore }) => {
    const startedAt = performance.now();
    const bar = progressBar(name);
    const built = await rebuild(store, await readStore(found.room), found.projection, {
      progress: ({ position, head, events }) => bar.at(position, head, events),
    }).finally(() => bar.stop());
    const rate = perSecond(built.events, startedAt);
    print(json, { projection: name, ...built, perSecond: rate }, [
      `${name} 已重建：${built.events} 个事件，到位置 ${built.position}，每秒 ${rate} 个 / rebuilt from ${built.events} events to position ${built.position}, ${rate}/s`,
    ]);
  });
}
