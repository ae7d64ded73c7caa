import { isRefusal } from '#contracts';
import { type DeadLetter, noDeadLetter, showDeadLetters, type ShownLetter } from '#projections';
import { print, withFiles } from '../files.js';
import { projectionNamed, roomsOf, tellRefusal } from './room.js';
import { columns } from './words.js';

interface Json {
  json?: boolean;
}

const unsettled: readonly DeadLetter['state'][] = ['blocking', 'parked', 'waiting'];

/** Those that wait for somebody, of every generation; `all`: also what was skipped, or applied by a retry. */
export async function list(name: string | undefined, { all, json }: Json & { all?: boolean }): Promise<void> {
  const only = name === undefined ? undefined : projectionNamed(name);
  if (isRefusal(only)) return tellRefusal(json, only);
  await withFiles(async files => {
    const letters: DeadLetter[] = [];
    for (const { readStore } of await roomsOf(files, only)) {
      letters.push(
        ...(await readStore.deadLetters({
          ...(name === undefined ? {} : { projection: name }),
          ...(all ? {} : { states: unsettled }),
        })),
      );
    }
    print(json, letters, letters.length === 0 ? ['没有死信 / no dead letters'] : table(letters));
  });
}

/** With its event, the error and what waits behind it, in every generation that has one. */
export async function show(name: string, position: number, { json }: Json): Promise<void> {
  const only = projectionNamed(name);
  if (isRefusal(only)) return tellRefusal(json, only);
  await withFiles(async files => {
    const [room] = await roomsOf(files, only);
    const shown = await showDeadLetters(room!, name, position);
    if (shown.length === 0) return tellRefusal(json, noDeadLetter(name, position));
    print(json, shown, shown.flatMap(lines));
  });
}

const states: Record<DeadLetter['state'], string> = {
  blocking: '▲ 挡住视图 / blocking',
  parked: '■ 搁置 / parked',
  waiting: '◌ 等候 / waiting',
  skipped: '– 已跳过 / skipped',
  applied: '● 已补上 / applied',
};

function table(letters: readonly DeadLetter[]): string[] {
  const head = [
    '视图 / projection',
    '代 / generation',
    '位置 / position',
    '事件 / event',
    '键 / key',
    '状态 / state',
    '次数 / attempts',
    '错误 / error',
  ];
  return columns([
    head,
    ...letters.map(({ projection, generation, position, type, key, state, attempts, error, reason }) => [
      projection,
      `#${generation}`,
      String(position),
      type,
      key,
      states[state],
      String(attempts),
      state === 'skipped' ? (reason ?? '') : firstLine(error),
    ]),
  ]);
}

function lines({ letter, event, before, behind }: ShownLetter): string[] {
  const { projection, generation, version, position, stream, revision, type, key, state, attempts, firstAt, lastAt, error } =
    letter;
  return [
    `${projection} #${generation}（版本 / version ${version}）  @${position}  ${states[state]}`,
    `  事件 / event     ${stream} #${revision}  ${type}  ${letter.eventId}`,
    `  键 / key         ${key}`,
    `  次数 / attempts  ${attempts}  ${firstAt} … ${lastAt}`,
    ...(error === '' ? [] : [`  错误 / error     ${error}`]),
    ...(letter.by === undefined ? [] : [`  跳过 / skipped   ${letter.by}：${letter.reason ?? ''}`]),
    ...(before.length === 0 ? [] : [`  先处理 / first    ${before.map(one => `@${one.position}`).join(' ')}`]),
    ...(behind.length === 0 ? [] : [`  等候 / waiting   ${behind.map(one => `@${one.position}`).join(' ')}`]),
    ...(event
      ? [
          `  记录 / recorded  ${event.metadata.recordedAt}  ${event.metadata.name}（${event.metadata.person}）`,
          ...JSON.stringify(event.data, null, 2)
            .split('\n')
            .map(line => `  ${line}`),
        ]
      : ['  事件已不在日志中 / the event is not in the log any more']),
  ];
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
