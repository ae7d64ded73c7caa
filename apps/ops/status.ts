import { existsSync } from 'node:fs';
import { shownAddress } from '#event-store';
import { publicAddress } from '#gateway';
import type { RoomStatus } from '#messaging';
import { readMongoUrl } from '#mongo';
import { readFolder, viewsFile } from '#platform';
import { type Files, print, rooms, withFiles } from './files.js';

const answerWithinMs = 3_000;

/** What an operator should know of a view or a reaction, where it gives no sentence itself. */
const notes: Partial<Record<RoomStatus['runners'][number]['state'], string>> = {
  paused: '已暂停 / paused',
  building: '重建中 / being built',
  failed: '无法继续，原因见日志 / cannot go on; the log says why',
};

interface ViewStatus {
  room: string;
  name: string;
  version: number;
  position: number;
  lag: number;
  paused: boolean;
}

export async function status({ json }: { json?: boolean }): Promise<void> {
  await withFiles(async files => {
    const { config, store } = files;
    const head = await store.head();
    const views = await viewsOf(files, head);
    const address = publicAddress(config.host, config.port);
    const services = await servicesAt(address);
    const folder = readFolder(config.dataFolder);
    const events = config.stores.events ? shownAddress(config.stores.events.url) : null;
    const mongodb = config.stores.mongodb ? readMongoUrl(config.stores.mongodb.url).shown : null;
    print(json, { dataFolder: config.dataFolder, folder, events, mongodb, head, address, services, views }, [
      `数据文件夹 / data    ${config.dataFolder}${folder?.holds === 'example' ? '（示例 / example）' : ''}`,
      ...(events === null ? [] : [`事件库 / events      ${events}`]),
      ...(mongodb === null ? [] : [`视图与密钥 / views   ${mongodb}`]),
      `事件位置 / head      ${head}`,
      `服务 / services      ${address} ${services ? '' : '未运行 / not running'}`,
      ...(services ?? []).map(({ room, ready, runners }) => {
        const noted = runners.flatMap(({ name, state, error }) => {
          const note = error ?? notes[state];
          return note === undefined ? [] : [`${name}: ${note}`];
        });
        return `  ${room.padEnd(12)} ${ready ? '就绪 / ready' : '未就绪 / not ready'} ${noted.join('; ')}`.trimEnd();
      }),
      '视图 / views         位置 position   其后位置 behind',
      ...views.map(
        ({ name, position, lag, paused }) =>
          `  ${name.padEnd(24)} ${String(position).padStart(10)} ${String(lag).padStart(10)}${paused ? '  ■ 已暂停 / paused' : ''}`,
      ),
    ]);
  });
}

/** What readers see of each view, and where each reaction stands. */
async function viewsOf({ config, readStore }: Files, head: number): Promise<ViewStatus[]> {
  const found: ViewStatus[] = [];
  for (const room of Object.keys(rooms)) {
    if (!config.stores.mongodb && !existsSync(viewsFile(config.dataFolder, room))) continue;
    const views = await readStore(room);
    const paused = await views.paused();
    for (const { projection, version, state, checkpoints } of await views.generations()) {
      if (state !== 'active') continue;
      const position = Math.min(...checkpoints.map(checkpoint => checkpoint.position));
      found.push({
        room,
        name: projection,
        version,
        position,
        lag: Math.max(0, head - position),
        paused: paused.has(projection),
      });
    }
  }
  return found;
}

async function servicesAt(address: string): Promise<RoomStatus[] | null> {
  try {
    const response = await fetch(`${address}/health/status`, { signal: AbortSignal.timeout(answerWithinMs) });
    const { rooms } = (await response.json()) as { rooms?: RoomStatus[] };
    return rooms ?? null;
  } catch {
    return null;
  }
}
