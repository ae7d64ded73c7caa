import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventTypes } from '#contracts';
import { z } from 'zod';
import { CorruptEvent, type EventStore, type NewEvent } from './port.js';
import { openSqliteEventStore } from './sqlite-store.js';
import { allKnown, InvalidEvent, type PlainEvent, UnknownEvent, versioned } from './versioned.js';

/* One event over three programs: a name, then two names, then a person and whether they act for somebody. */
const first: EventTypes = { Applied: { version: 1, data: z.strictObject({ applicant: z.string() }) } };
const second: EventTypes = {
  Applied: {
    version: 2,
    data: z.strictObject({ family: z.string(), given: z.string() }),
    upcasts: { 1: ({ applicant }) => ({ family: String(applicant).slice(0, 1), given: String(applicant).slice(1) }) },
  },
};
const third: EventTypes = {
  Applied: {
    version: 3,
    data: z.strictObject({ person: z.strictObject({ family: z.string(), given: z.string() }), forAnother: z.boolean() }),
    upcasts: { ...second['Applied']!.upcasts, 2: data => ({ person: data, forAnother: false }) },
  },
};
const stream = 'test.application-1';
const metadata = { commandId: 'c', commandDigest: 'd', occurredOn: '2013-04-20' } as NewEvent['metadata'];
let ids = 0;
const applied = (data: Record<string, unknown>): PlainEvent => ({ id: `e${ids++}`, type: 'Applied', data, metadata });

let folder: string;
let stored: EventStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-versions-'));
  stored = await openSqliteEventStore(join(folder, 'events.db'));
});
afterEach(async () => {
  await stored.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The same application, as each of the three programs stored it. */
async function threePrograms() {
  await versioned(stored, first).append(stream, [applied({ applicant: '周启明' })], 'any');
  await versioned(stored, second).append(stream, [applied({ family: '周', given: '启明' })], 'any');
  const data = { person: { family: '周', given: '启明' }, forAnother: false };
  await versioned(stored, third).append(stream, [applied(data)], 'any');
  return data;
}

describe('An event of an older version', () => {
  it('is read as today’s, through every step in between, from a stream and from the log', async () => {
    const data = await threePrograms();
    expect((await stored.readStream(stream)).map(event => event.version)).toEqual([1, 2, 3]);
    const store = versioned(stored, third);
    for (const events of [await store.readStream(stream), (await store.readAll({ after: 0, limit: 9 })).events]) {
      expect(events.map(event => [event.version, event.data])).toEqual([3, 3, 3].map(version => [version, data]));
      expect(allKnown(events)).toBe(events);
    }
  });

  it('stays as it is in the store, and keeps its place and its hash', async () => {
    await threePrograms();
    const [before] = await stored.readStream(stream);
    expect((await versioned(stored, third).readStream(stream))[0]).toMatchObject({ ...before!, version: 3, data: {} });
    expect((await stored.readStream(stream))[0]).toEqual(before);
  });

  it('needs an upcaster for every step, or the program does not start', () => {
    const { upcasts, ...rest } = third['Applied']!;
    const gap = { Applied: { ...rest, upcasts: { 1: upcasts![1]! } } };
    expect(() => versioned(stored, gap)).toThrow('Applied is at version 3, but has no upcaster from version 2');
  });

  it('that an upcaster cannot read is named with its place, and not passed over', async () => {
    await threePrograms();
    const { upcasts, ...rest } = third['Applied']!;
    const broken = { ...upcasts, 2: ({ family }: Record<string, unknown>) => ({ person: (family as string[]).map(String) }) };
    const store = versioned(stored, { Applied: { ...rest, upcasts: broken } });
    await expect(store.readStream(stream)).rejects.toThrow(CorruptEvent);
    await expect(store.readAll({ after: 0, limit: 9 })).rejects.toThrow(/test\.application-1 revision 0/);
  });
});

describe('What this program does not know', () => {
  it('comes raw and marked: a newer version, and a type it never heard of', async () => {
    await threePrograms();
    await stored.append('test.other-1', [{ ...applied({ any: [1] }), type: 'Remitted', version: 1 }], 'any');
    const { events } = await versioned(stored, second).readAll({ after: 0, limit: 9 });
    expect(events.map(({ type, version, unknown }) => [type, version, unknown])).toEqual([
      ['Applied', 2, undefined],
      ['Applied', 2, undefined],
      ['Applied', 3, true],
      ['Remitted', 1, true],
    ]);
    expect(events[3]!.data).toEqual({ any: [1] });
  });

  it('is refused by whoever folds, with a sentence that says where it is and what to do', async () => {
    await threePrograms();
    const events = await versioned(stored, second).readStream(stream);
    expect(() => allKnown(events)).toThrow(UnknownEvent);
    expect(() => allKnown(events)).toThrow(
      /test\.application-1 的第 2 号事件是 Applied 第 3 版.*请升级本程序.*Event 2 of test\.application-1 is Applied version 3.*upgrade/,
    );
  });

  it('is never the deletion of a stream, which every program knows', async () => {
    const deletion = { ...applied({ kind: 'soft', why: '误入' }), type: 'StreamDeleted' };
    await versioned(stored, {}).append(stream, [deletion], 'any');
    expect(allKnown((await versioned(stored, {}).readAll({ after: 0, limit: 9 })).events)).toHaveLength(1);
  });
});

describe('An event that is appended', () => {
  const store = () => versioned(stored, second);

  it('gets today’s version, whatever its rule leaves undefined', async () => {
    await store().append(stream, [applied({ family: '周', given: '启明', note: undefined })], 'none');
    expect((await stored.readStream(stream))[0]).toMatchObject({ version: 2, data: { family: '周', given: '启明' } });
  });

  it.each([
    ['of a wrong shape', applied({ family: '周', given: 1 }), /Applied version 2: data\.given: /],
    ['with a field too many', applied({ family: '周', given: '启明', age: 40 }), /Applied version 2: data: .*age/],
    ['of an older shape', applied({ applicant: '周启明' }), /data\.family: .*data\.given: /],
    ['of a type nobody registered', { ...applied({}), type: 'Remitted' }, /Remitted is not among the known types/],
  ])('%s is a fault of ours: it is named, and nothing is stored', async (_, event, sentence) => {
    const good = applied({ family: '周', given: '启明' });
    const appending = store().append(stream, [good, event], 'none');
    await expect(appending).rejects.toThrow(InvalidEvent);
    await expect(appending).rejects.toThrow(sentence);
    expect(await stored.head()).toBe(0);
  });

  it('says nothing of what it holds, which may be personal', async () => {
    const appending = store().append(stream, [applied({ family: ['周启明'], given: { 电话: '13900000000' } })], 'none');
    await expect(appending).rejects.not.toThrow(/周启明|139/);
  });
});
