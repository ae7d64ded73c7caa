import { setTimeout as pause } from 'node:timers/promises';
import { isRefusal } from '#contracts';
import { type GenerationStatus, ordersOf, type PastOrder, type ProjectionStatus, statusOf } from '#projections';
import { print, withFiles } from '../files.js';
import { duration } from '../progress.js';
import { projectionNamed, type RoomStands, roomsOf, tellRefusal } from './room.js';
import { columns, lagWords, letterWords, lifeWords, stateWords } from './words.js';

interface Json {
  json?: boolean;
}

const ordersShown = 5;

/** What there is, at a glance: the log is not counted for it. */
export async function list({ json }: Json): Promise<void> {
  await withFiles(async files => {
    const all = await standing(await roomsOf(files), { proof: false });
    print(json, all, table(all));
  });
}

/** Of one projection or all: with the proof that nothing is missing, and what was ordered last. */
export async function status(name: string | undefined, { json }: Json): Promise<void> {
  const only = name === undefined ? undefined : projectionNamed(name);
  if (isRefusal(only)) return tellRefusal(json, only);
  await withFiles(async files => {
    const all = [];
    for (const one of await standing(await roomsOf(files, only), { proof: true })) {
      all.push({ ...one, orders: await ordersOf(files, one.projection, ordersShown) });
    }
    print(json, only ? all[0] : all, all.flatMap(detail));
  });
}

/** Again and again, until Ctrl-C: on a terminal in place, else whatever has changed; as JSON a line each. */
export async function watch(name: string | undefined, { json, every }: Json & { every: number }): Promise<void> {
  const only = name === undefined ? undefined : projectionNamed(name);
  if (isRefusal(only)) return tellRefusal(json, only);
  const { signal, abort } = stopper();
  // Whoever reads has seen enough.
  process.stdout.on('error', abort);
  await withFiles(async files => {
    const rooms = await roomsOf(files, only);
    const rates = new Map<string, Rate>();
    for (let last = ''; !signal.aborted;) {
      const all = await standing(rooms, { proof: false });
      const text = json ? JSON.stringify(all) : [...table(all), ...all.flatMap(one => builds(one, rates))].join('\n');
      if (process.stdout.isTTY && !json) process.stdout.write(`\u001b[H\u001b[J${new Date().toISOString()}\n${text}\n`);
      else if (text !== last) process.stdout.write(`${text}\n`);
      last = text;
      await pause(every * 1_000, undefined, { signal }).catch(() => {});
    }
  });
}

function stopper(): { signal: AbortSignal; abort(): void } {
  const stopping = new AbortController();
  const abort = () => stopping.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, abort);
  return { signal: stopping.signal, abort };
}

async function standing(rooms: readonly RoomStands[], how: { proof: boolean }): Promise<ProjectionStatus[]> {
  const found: ProjectionStatus[] = [];
  for (const room of rooms) found.push(...(await statusOf(room, how)));
  return found;
}

function table(all: readonly ProjectionStatus[]): string[] {
  const head = [
    '视图 / projection',
    '服务 / room',
    '状态 / state',
    '代 / generation',
    '版本 / version',
    '落后 / lag',
    '死信 / dead letters',
  ];
  return columns([
    head,
    ...all.flatMap(one => {
      const { projection, room = '', generations, active } = one;
      const seen = generations.find(({ number }) => number === active);
      const others = generations.filter(generation => generation !== seen);
      const cells = (generation: GenerationStatus) => [
        `#${generation.number}`,
        String(generation.version),
        lagWords(generation),
        letterWords(generation.deadLetters),
      ];
      return [
        [projection, room, lifeWords(one), ...(seen ? cells(seen) : [])],
        ...others.map(generation => ['', '', `  ${stateWords(generation.state)}`, ...cells(generation)]),
      ];
    }),
  ]);
}

function detail(one: ProjectionStatus & { orders: PastOrder[] }): string[] {
  const { projection, room, version, paused, generations, orders } = one;
  return [
    `${projection}（${room}，程序版本 / program’s version ${version}）  ${lifeWords(one)}`,
    ...(paused ? [`  ${paused.by} ${paused.at}：${paused.reason}`] : []),
    ...generations.flatMap(generationLines),
    ...orders.map(
      ({ ordered, person, name, recordedAt, position }) =>
        `  命令 / order @${position}  ${recordedAt}  ${name}（${person}）  ${ordered.order}${numberOf(ordered)}：${ordered.reason}`,
    ),
  ];
}

function numberOf({ generation }: PastOrder['ordered']): string {
  return generation === undefined ? '' : ` #${generation}`;
}

function generationLines(generation: GenerationStatus): string[] {
  const { number, state, version, position, goal, progress, owner, beatAt, complete, deadLetters, error, hold } = generation;
  const built = state === 'building' ? `  ${Math.floor(progress * 100)}%（${position}/${goal}）` : '';
  return [
    `  第 ${number} 代 / generation ${number}  ${stateWords(state)}${built}${hold && state === 'ready' ? '  等待切换 / held' : ''}`,
    `    版本 / version ${version}  位置 / position ${position}  落后 / lag ${lagWords(generation)}  死信 / dead letters ${letterWords(deadLetters)}`,
    `    处理者 / followed by ${owner ? `${owner}  ${beatAt}` : '无 / nobody'}`,
    ...(error === undefined ? [] : [`    ${error}`]),
    ...completeLines(complete),
  ];
}

/** Applied, parked and skipped against stored, a line per type. */
function completeLines(complete: GenerationStatus['complete']): string[] {
  if (!complete) return [];
  const { proven, position, types, missing } = complete;
  if (!proven && missing.length === 0) return ['    完整性：各份尚未会合 / completeness: its parts have not met yet'];
  const wrong = new Set(missing.map(({ type }) => type));
  const rows = types.map(({ type, stored, seen, hash }) => [
    `      ${type}`,
    `${seen} ${wrong.has(type) ? '≠' : '='} ${stored}`,
    hash,
    wrong.has(type) ? '▲ 不符 / differs' : '',
  ]);
  return [
    proven
      ? `    ✓ 完整，到位置 ${position} / complete up to position ${position}: 已计入 = 已存 / accounted for = stored`
      : `    ▲ 不完整，到位置 ${position} / not complete up to position ${position}`,
    ...(rows.length === 0 ? [] : columns(rows)),
  ];
}

/** Since when, from where: of one build while it is watched. */
interface Rate {
  at: number;
  position: number;
}

function builds({ projection, generations }: ProjectionStatus, rates: Map<string, Rate>): string[] {
  const now = performance.now();
  return generations
    .filter(({ state }) => state === 'building' || state === 'catching-up')
    .map(({ number, position, goal, progress }) => {
      const key = `${projection}/${number}`;
      const first = rates.get(key) ?? { at: now, position };
      rates.set(key, first);
      const perMs = (position - first.position) / Math.max(1, now - first.at);
      const rate =
        perMs > 0 ? `  ${Math.round(perMs * 1_000)}/s  剩余 / left ${duration(Math.max(0, goal - position) / perMs)}` : '';
      return `${projection} #${number}  ${bar(progress)} ${Math.floor(progress * 100)}%  ${position}/${goal}${rate}`;
    });
}

function bar(share: number): string {
  const full = Math.round(share * 30);
  return `[${'█'.repeat(full)}${'░'.repeat(30 - full)}]`;
}
