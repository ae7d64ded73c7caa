import { open } from 'node:fs/promises';
import { CorruptEvent, type EventStore, exportBeginning, exportHeader, exportLines, parseExportLine } from '#event-store';
import { CannotStart, readFolder } from '#platform';
import { print, withLog } from '../log.js';
import { perSecond, progressBar } from '../progress.js';
import { diskTrouble } from './disk.js';

type Write = (text: string) => Promise<void>;

/** `file` absent or `-`: standard output, and what is said goes to standard error. */
export async function exportStore(
  file: string | undefined,
  { from: first = 1, json }: { from?: number; json?: boolean },
): Promise<void> {
  await withLog(async ({ config, log }) => {
    const head = await log.head();
    if (first > head + 1) {
      throw new CannotStart(
        `--from ${first} 在日志之后：最后一个事件的位置是 ${head}。 / --from ${first} is beyond the log, whose last event has position ${head}.`,
      );
    }
    const about = { folder: readFolder(config.dataFolder) };
    const toFile = file !== undefined && file !== '-';
    try {
      if (!toFile) return await toStandardOutput(log, { header: await exportHeader(log, first, about), after: first - 1 });
      const target = await open(file, 'a+', 0o600);
      try {
        const resumed = await leftBehind(log, target, file, first);
        const startedAt = performance.now();
        const written = await write(log, async text => void (await target.appendFile(text)), {
          header: resumed === null ? await exportHeader(log, first, about) : '',
          after: resumed ?? first - 1,
        });
        await target.sync();
        const { size } = await target.stat();
        const said = { file, ...written, resumedAfter: resumed, bytes: size, perSecond: perSecond(written.events, startedAt) };
        print(json, said, [
          ...(resumed === null ? [] : [`接着位置 ${resumed} 之后写 / went on after position ${resumed}`]),
          `已导出 ${written.events} 个事件，到位置 ${written.position}，每秒 ${said.perSecond} 个 / exported ${written.events} events, to position ${written.position}, ${said.perSecond}/s`,
          `${file}  ${size} B`,
        ]);
      } finally {
        await target.close();
      }
    } catch (error) {
      if (error instanceof CorruptEvent) throw unreadable(error);
      throw diskTrouble(file ?? '-', error);
    }
  });
}

async function write(log: EventStore, out: Write, { header, after }: { header: string; after: number }) {
  const bar = progressBar('导出 / export');
  let [events, position] = [0, after];
  try {
    if (header !== '') await out(header);
    for await (const page of exportLines(log, after)) {
      await out(page.text);
      events += page.events;
      ({ position } = page);
      bar.at(position, page.head, events);
    }
  } finally {
    bar.stop();
  }
  return { events, position };
}

/** Whoever reads may be slow, or have seen enough. */
async function toStandardOutput(log: EventStore, what: Parameters<typeof write>[2]): Promise<void> {
  // Told by each write as well; unheard, it would end the process.
  process.stdout.on('error', () => {});
  const out: Write = text =>
    new Promise((resolve, reject) => process.stdout.write(text, error => (error ? reject(error) : resolve())));
  try {
    const { events, position } = await write(log, out, what);
    process.stderr.write(`已导出 ${events} 个事件，到位置 ${position} / exported ${events} events, to position ${position}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    process.exitCode = 1;
  }
}

type Target = Awaited<ReturnType<typeof open>>;

/**
 * Up to where an export that was cut short got, its file cut after the last whole event; null for a new file.
 * @throws CannotStart where the file is another one
 */
async function leftBehind(log: EventStore, target: Target, file: string, first: number): Promise<number | null> {
  const { size } = await target.stat();
  if (size === 0) return null;
  const begun = await firstLine(target);
  if (begun === undefined && (await isTornHeader(target))) {
    await target.truncate(0);
    return null;
  }
  const header = parseExportLine(begun ?? '');
  if (!header || !('header' in header))
    throw new CannotStart(
      `${file} 已存在，且不是导出文件，不会覆盖它。 / ${file} is there and is no export; it is not overwritten.`,
    );
  const { from } = header.header;
  if (from !== first) {
    throw new CannotStart(
      `${file} 是从位置 ${from} 起的导出，请用 --from ${from} 接着写，或换一个文件。 / ${file} is an export from position ${from} on; go on with --from ${from}, or choose another file.`,
    );
  }
  for await (const { text, end } of linesBackward(target, size)) {
    const line = parseExportLine(text);
    if (line && 'end' in line) continue;
    if (line && 'header' in line) {
      await target.truncate(end);
      return first - 1;
    }
    if (!line || !('event' in line))
      throw new CannotStart(`${file} 已损坏，请删除后重新导出。 / ${file} is damaged; remove it and export again.`);
    const { position, hash } = line.event;
    const { events } = await log.readAll({ after: position - 1, limit: 1 });
    if (events[0]?.position !== position || events[0].hash !== hash) {
      throw new CannotStart(`${file} 是另一份事件日志的导出。 / ${file} is an export of another log.`);
    }
    await target.truncate(end);
    return position;
  }
  return null;
}

const blockBytes = 1 << 16;

async function firstLine(target: Target): Promise<string | undefined> {
  const { buffer, bytesRead } = await target.read(Buffer.alloc(blockBytes), 0, blockBytes, 0);
  const end = buffer.subarray(0, bytesRead).indexOf(0x0a);
  return end < 0 ? undefined : buffer.subarray(0, end).toString();
}

async function isTornHeader(target: Target): Promise<boolean> {
  const { buffer, bytesRead } = await target.read(Buffer.alloc(blockBytes), 0, blockBytes, 0);
  return (
    bytesRead < blockBytes &&
    exportBeginning.startsWith(buffer.subarray(0, Math.min(bytesRead, exportBeginning.length)).toString())
  );
}

/** Whole lines from the last one backwards, each with where it ends; what stands after the last line feed is none. */
async function* linesBackward(target: Target, size: number): AsyncGenerator<{ text: string; end: number }> {
  let rest = Buffer.alloc(0);
  let whole = false;
  for (let at = size; at > 0;) {
    const length = Math.min(blockBytes, at);
    at -= length;
    const { buffer } = await target.read(Buffer.alloc(length), 0, length, at);
    rest = Buffer.concat([buffer, rest]);
    for (let feed = rest.lastIndexOf(0x0a); feed >= 0; feed = rest.lastIndexOf(0x0a)) {
      if (whole) yield { text: rest.subarray(feed + 1).toString(), end: at + rest.length + 1 };
      whole = true;
      rest = rest.subarray(0, feed);
    }
  }
  if (whole) yield { text: rest.toString(), end: rest.length + 1 };
}

function unreadable({ position }: CorruptEvent): CannotStart {
  return new CannotStart(
    `位置 ${position} 的事件读不出，导出到此为止；ops store verify 列出全部问题。 / The event at position ${position} cannot be read, and the export ends before it; ops store verify lists all there is.`,
  );
}
