import { eventHash, noHash } from './chain.js';
import { eventAt, type ExportHeader, parseExportLine } from './export.js';
import { type EventStore, InDoubt, InvalidAppend, type StoredEvent, type StreamAppend } from './port.js';
import { prepare } from './prepare.js';
import { eachEvent } from './subscribe.js';

export interface ImportOptions {
  /** Before anything is stored. */
  header?(header: ExportHeader): void | Promise<void>;
  progress?(at: { events: number; appended: number }): void;
}

export interface Imported {
  /** Events of the file, those stored now, and how many of them got another position, as on another engine. */
  events: number;
  appended: number;
  moved: number;
  position: number;
  /** False: the file has no end, so something is missing; what was there is stored. */
  complete: boolean;
}

/** Nothing was stored from this line on. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
  constructor(
    readonly line: number,
    zh: string,
    en: string,
    options?: ErrorOptions,
  ) {
    super(`第 ${line} 行：${zh}，从这一行起没有写入。 / Line ${line}: ${en}; nothing was stored from it on.`, options);
  }
}

const chunkEvents = 300;
const chunkLength = 2_000_000;
const doubtsMost = 3;
const progressEvents = 500;

/**
 * Stores the events of an export again, in their order, with their ids, bytes and hashes. Into an empty store, or one that holds
 * the beginning of the very same log, as an import that was cut short leaves it.
 * @throws ImportRefused
 */
export async function importLog(store: EventStore, lines: AsyncIterable<string>, options: ImportOptions = {}): Promise<Imported> {
  const heads = new Map<string, { revision: number; hash: string }>();
  const done: Imported = { events: 0, appended: 0, moved: 0, position: await store.head(), complete: false };
  let known: AsyncIterator<StoredEvent> | undefined;
  let chunk: StoredEvent[] = [];
  let [length, line, read] = [0, 0, 0];

  async function begin(header: ExportHeader): Promise<void> {
    const start = header.after ? await positionOfHash(store, header.after) : 0;
    if (start === undefined) {
      const { stream, revision, position } = header.after!;
      throw new ImportRefused(
        line,
        `这份导出接在位置 ${position}（${stream} 第 ${revision} 版）之后，而库里没有那个事件，请先导入前面的部分`,
        `this export goes on after position ${position} (${stream} revision ${revision}), which is not here; import the part before it first`,
      );
    }
    await options.header?.(header);
    if (start > 0) for await (const { stream, revision, hash } of store.streamHeads(start)) heads.set(stream, { revision, hash });
    known = eachEvent(store, { after: start });
  }

  async function take(event: StoredEvent, text: string): Promise<void> {
    if (event.position <= read) {
      throw new ImportRefused(
        line,
        `位置 ${event.position} 不在位置 ${read} 之后，顺序不对`,
        `position ${event.position} does not come after position ${read}`,
      );
    }
    read = event.position;
    follow(heads, event, line);
    done.events += 1;
    if (done.events % progressEvents === 0) options.progress?.({ events: done.events, appended: done.appended });
    const there = await known?.next();
    if (there && !there.done) {
      if (there.value.hash === event.hash) return;
      throw new ImportRefused(
        line,
        `库里在这里已有另一个事件（位置 ${there.value.position}），不是同一份事件日志`,
        `the store holds another event here (position ${there.value.position}): it is not the same log`,
      );
    }
    known = undefined;
    chunk.push(event);
    length += text.length;
    if (chunk.length >= chunkEvents || length >= chunkLength) await flush();
  }

  async function flush(): Promise<void> {
    const [events, first] = [chunk, line - chunk.length + 1];
    [chunk, length] = [[], 0];
    try {
      for (const [index, position] of (await appendAll(store, events)).entries()) {
        done.position = position;
        if (position !== events[index]!.position) done.moved += 1;
      }
    } catch (error) {
      if (!(error instanceof InvalidAppend)) throw error;
      const index = events.findIndex(event => !canBePrepared(event));
      throw new ImportRefused(first + index, `不能存入（${error.message}）`, `it cannot be stored (${error.message})`, {
        cause: error,
      });
    }
    done.appended += events.length;
  }

  for await (const text of lines) {
    line += 1;
    const parsed = parseExportLine(text);
    if (line === 1 && parsed && 'header' in parsed) await begin(parsed.header);
    else if (line > 1 && parsed && 'event' in parsed && !done.complete) await take(parsed.event, text);
    else if (line > 1 && parsed && 'end' in parsed && !done.complete) done.complete = true;
    else if (line === 1) throw new ImportRefused(line, '不是事件导出文件', 'this is no export of events');
    else throw new ImportRefused(line, '这一行不是事件，文件已损坏', 'this is no event; the file is damaged');
  }
  if (line === 0) throw new ImportRefused(1, '文件是空的', 'the file is empty');
  if (chunk.length > 0) await flush();
  return done;
}

/** Every event against its own hash and the one before it in its stream, before it is stored. @throws ImportRefused */
function follow(heads: Map<string, { revision: number; hash: string }>, event: StoredEvent, line: number): void {
  const { stream, revision, previousHash, hash } = event;
  const last = heads.get(stream) ?? { revision: -1, hash: noHash };
  if (revision !== last.revision + 1) {
    throw new ImportRefused(
      line,
      `${stream} 的第 ${revision} 版之前缺第 ${last.revision + 1} 版，或顺序不对`,
      `${stream} revision ${revision} does not follow revision ${last.revision}`,
    );
  }
  const computed = eventHash(last.hash, event, JSON.stringify(event.data), JSON.stringify(event.metadata));
  if (previousHash !== last.hash || computed !== hash) {
    throw new ImportRefused(
      line,
      `${stream} 第 ${revision} 版的哈希不符，内容被改动过`,
      `${stream} revision ${revision} does not match its hash: it was changed`,
    );
  }
  heads.set(stream, { revision, hash });
}

function canBePrepared(event: StoredEvent): boolean {
  try {
    return prepare(event.stream, [event], 'any').events.length > 0;
  } catch {
    return false;
  }
}

/** A chunk at once where the engine can; else one by one, which is resumed as well. Returns the positions. */
async function appendAll(store: EventStore, events: readonly StoredEvent[]): Promise<number[]> {
  const appends: StreamAppend[] = events.map(({ stream, revision, id, type, version, data, metadata }) => ({
    stream,
    events: [{ id, type, version, data, metadata }],
    expected: revision === 0 ? 'none' : revision - 1,
  }));
  if (store.capabilities.appendMany) {
    return (await untilSure(() => store.appendMany(appends))).map(({ position }) => position);
  }
  const positions: number[] = [];
  for (const { stream, events, expected } of appends)
    positions.push((await untilSure(() => store.append(stream, events, expected))).position);
  return positions;
}

async function untilSure<T>(append: () => Promise<T>): Promise<T> {
  for (let doubts = 0; ; doubts++) {
    try {
      return await append();
    } catch (error) {
      if (!(error instanceof InDoubt) || doubts === doubtsMost) throw error;
    }
  }
}

async function positionOfHash(
  store: EventStore,
  { position, hash }: { position: number; hash: string },
): Promise<number | undefined> {
  if ((await eventAt(store, position))?.hash === hash) return position;
  for await (const event of eachEvent(store, { after: 0 })) if (event.hash === hash) return event.position;
  return undefined;
}
