import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventHash } from './chain.js';
import { eventOf, uuid } from './contract/fixture.js';
import { exportHeader, exportLines } from './export.js';
import { importLog } from './import.js';
import { linesOf } from './lines.js';
import { memoryEventStore } from './memory-store.js';
import { type EventStore, streamDeletedType } from './port.js';
import { openSqliteEventStore } from './sqlite-store.js';
import { eachEvent } from './subscribe.js';
import { verifyLog } from './verify.js';

let folder: string;
let opened: EventStore[];
let ids = 0;
const event = (more: object = {}) => eventOf(uuid('export', ++ids), more);
const stream = (name: string) => `catalogue.record-${name}`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-export-'));
  opened = [];
});
afterEach(async () => {
  for (const store of opened) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function sqlite(name: string): Promise<EventStore> {
  const store = await openSqliteEventStore(join(folder, `${name}.db`));
  opened.push(store);
  return store;
}

/** A log with all that is hard to keep: order among streams, deletions, odd texts, numbers, fields in their order. */
async function filled(store: EventStore): Promise<EventStore> {
  const odd = { 公开: '“4·20”\u2028🏛\n\u0000\u007f', z: { a: [null, 0.1, -0, 1e21, 9007199254740991], A: {} }, '10': 1, '9': 2 };
  for (let index = 0; index < 700; index++)
    await store.append(stream(String(index % 7)), [event({ data: { index, ...(index % 50 === 0 ? odd : {}) } })], 'any');
  await store.append(stream('3'), [event({ type: streamDeletedType, data: { kind: 'soft', why: '试' } })], 'any');
  await store.append(stream('3'), [event(), event()], 'none');
  await store.append(stream('4'), [event(), event({ type: streamDeletedType, data: { kind: 'hard', why: '试' } })], 'any');
  return store;
}

async function exported(store: EventStore, from = 1): Promise<string[]> {
  let text = await exportHeader(store, from, {});
  for await (const page of exportLines(store, from - 1)) text += page.text;
  return text.split('\n').slice(0, -1);
}

async function* given(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function logOf(store: EventStore): Promise<string[]> {
  const log: string[] = [];
  for await (const stored of eachEvent(store, { after: 0 })) log.push(JSON.stringify(stored));
  return log;
}

describe('the import of an export', () => {
  it('is the same log: order, positions, ids, bytes and hashes, deleted streams included', async () => {
    const from = await filled(await sqlite('from'));
    const to = await sqlite('to');
    const lines = await exported(from);
    expect(await importLog(to, given(lines))).toEqual({ events: 705, appended: 705, moved: 0, position: 705, complete: true });
    expect(await logOf(to)).toEqual(await logOf(from));
    expect(await exported(to)).toEqual(lines);
    expect((await verifyLog(to)).ok).toBe(true);
    await expect(to.append(stream('4'), [event()], 'any')).rejects.toMatchObject({ name: 'StreamIsDeleted' });
  });

  it('again changes nothing, and goes on where one that was cut short ended', async () => {
    const from = await filled(await sqlite('from'));
    const to = await sqlite('to');
    const lines = await exported(from);
    expect(await importLog(to, given(lines.slice(0, 400)))).toMatchObject({ appended: 399, complete: false });
    expect(await importLog(to, given(lines))).toMatchObject({ events: 705, appended: 306, complete: true });
    expect(await importLog(to, given(lines))).toMatchObject({ events: 705, appended: 0, complete: true });
    expect(await logOf(to)).toEqual(await logOf(from));
  });

  it('can be of a later part, once the earlier one is there', async () => {
    const from = await filled(await sqlite('from'));
    const to = await sqlite('to');
    const [first, second] = [await exported(from), await exported(from, 501)];
    await expect(importLog(to, given(second))).rejects.toMatchObject({ name: 'ImportRefused', line: 1 });
    await importLog(to, given(first.slice(0, 501)));
    expect(await importLog(to, given(second))).toMatchObject({ events: 205, appended: 205 });
    expect(await logOf(to)).toEqual(await logOf(from));
  });

  it('goes to another engine as well, and back', async () => {
    const from = await filled(await sqlite('from'));
    const model = memoryEventStore();
    await importLog(model, given(await exported(from)));
    expect(await exported(model)).toEqual(await exported(from));
    const oneByOne = { ...memoryEventStore(), capabilities: { appendMany: false } };
    expect(await importLog(oneByOne, given(await exported(model)))).toMatchObject({ appended: 705 });
    expect(await exported(oneByOne)).toEqual(await exported(from));
  });

  const line = 451;
  it.each<[string, (lines: string[]) => unknown, number]>([
    ['a changed letter', lines => (lines[line - 1] = lines[line - 1]!.replace('某人', '别人')), line],
    ['a changed position of another stream', lines => lines.splice(line - 1, 2, lines[line + 6]!, lines[line]!), line],
    ['neighbours that changed places', lines => lines.splice(line - 1, 2, lines[line]!, lines[line - 1]!), line + 1],
    ['a removed event', lines => lines.splice(line - 1, 1), line + 6],
    ['a repeated event', lines => lines.splice(line, 0, lines[line - 1]!), line + 1],
    ['half a line', lines => (lines[line - 1] = lines[line - 1]!.slice(0, 80)), line],
    ['an empty line', lines => lines.splice(line - 1, 0, ''), line],
    ['a second header', lines => lines.splice(line - 1, 0, lines[0]!), line],
    ['something after the end', lines => lines.push(lines.at(-2)!), 708],
    ['no header', lines => lines.shift(), 1],
  ])('with %s is refused at that line, and stored no further', async (_, tamper, refusedAt) => {
    const from = await filled(await sqlite('from'));
    const to = await sqlite('to');
    const lines = await exported(from);
    tamper(lines);
    await expect(importLog(to, given(lines))).rejects.toMatchObject({ name: 'ImportRefused', line: refusedAt });
    expect(await to.head()).toBeLessThan(refusedAt);
    expect((await verifyLog(to)).ok).toBe(true);
  });

  it('with an event rewritten together with its hash is refused where the next one remembers', async () => {
    const from = await filled(await sqlite('from'));
    const lines = await exported(from);
    const forged = JSON.parse(lines[line - 1]!);
    forged.data.index = -1;
    forged.hash = eventHash(forged.previousHash, forged, JSON.stringify(forged.data), JSON.stringify(forged.metadata));
    lines[line - 1] = JSON.stringify(forged);
    await expect(importLog(await sqlite('to'), given(lines))).rejects.toMatchObject({ line: line + 7 });
  });

  it('with an event no engine would take is refused at its line', async () => {
    const from = await filled(await sqlite('from'));
    const lines = await exported(from);
    const strange = { ...JSON.parse(lines[1]!), id: 'not an id' };
    strange.hash = eventHash('', strange, JSON.stringify(strange.data), JSON.stringify(strange.metadata));
    await expect(importLog(await sqlite('to'), given([lines[0]!, JSON.stringify(strange)]))).rejects.toMatchObject({
      line: 2,
      message: expect.stringContaining('not an event id') as unknown,
    });
  });

  it('into a store that holds something else is refused', async () => {
    const from = await filled(await sqlite('from'));
    const to = await sqlite('to');
    await to.append(stream('other'), [event()], 'none');
    await expect(importLog(to, given(await exported(from)))).rejects.toMatchObject({ line: 2 });
    expect(await to.head()).toBe(1);
  });
});

describe('lines', () => {
  async function* chunks(text: string, size: number): AsyncGenerator<Buffer> {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  it('are the same however they arrive, and a rest without its end is none', async () => {
    for (const size of [1, 2, 3, 7, 1000]) {
      const lines: string[] = [];
      for await (const one of linesOf(chunks('{"一":"\u2028🏛"}\n\n第二行\nrest', size))) lines.push(one);
      expect(lines).toEqual(['{"一":"\u2028🏛"}', '', '第二行']);
    }
  });
});
