import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, openDatabase } from '#sqlite';
import { type Anchor, type AnchorKey, anchorKeyOf, newAnchorSecret, takeAnchor } from './anchor.js';
import { eventHash, noHash } from './chain.js';
import { eventOf, uuid } from './contract/fixture.js';
import { memoryEventStore } from './memory-store.js';
import type { EventStore, StoredEvent } from './port.js';
import { openSqliteEventStore } from './sqlite-store.js';
import { type Verdict, verifyLog, type VerifyOptions } from './verify.js';

const streams = ['a', 'b', 'c'].map(name => `catalogue.record-${name}`);
const said = { takenAt: '2014-03-01T00:00:00.000Z', reason: 'a test' };
let folder: string;
let original: string;
let copies = 0;
let key: AnchorKey;
/** After the first half: position 15 of 30. Of streams a, b, c in turn, a at 1, 4, 7 … */
let middle: Anchor;
let end: Anchor;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-verify-'));
  original = join(folder, 'events.db');
  key = await anchorKeyOf(newAnchorSecret());
  const store = await openSqliteEventStore(original);
  for (let index = 0; index < 30; index++) {
    if (index === 15) middle = await takeAnchor(store, { upTo: 15, ...said }, key);
    await store.append(streams[index % 3]!, [eventOf(uuid('verify', index), { data: { note: `公开 ${index}` } })], 'any');
  }
  end = await takeAnchor(store, { upTo: await store.head(), ...said }, key);
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is found in a copy of the file on which somebody laid hands, guards and all. */
async function verdictOn(tamper: (db: Database) => void, options: VerifyOptions = {}): Promise<Verdict> {
  const file = join(folder, `copy-${++copies}.db`);
  copyFileSync(original, file);
  const db = await openDatabase(file, { durability: 'full' });
  db.exec('DROP TRIGGER events_are_never_updated; DROP TRIGGER events_are_never_deleted');
  tamper(db);
  db.close();
  const store = await openSqliteEventStore(file);
  try {
    return await verifyLog(store, options);
  } finally {
    await store.close();
  }
}

const anchored = { anchors: [{ name: 'end', get value() { return end as unknown; } }] }; // prettier-ignore
const kinds = ({ findings }: Verdict) => [...new Set(findings.map(({ kind }) => kind))].sort();

function rewrite(db: Database, position: number, data: string): void {
  const row = db.prepare('SELECT * FROM events WHERE position = ?').get(position) as Record<string, never>;
  const hash = eventHash(row['previous_hash']!, row as never, data, row['metadata']!);
  db.prepare('UPDATE events SET data = ?, hash = ? WHERE position = ?').run(data, hash, position);
}

interface Kept {
  stream: string;
  id: string;
  type: string;
  version: number;
  data: string;
  metadata: string;
}

/** All of it written anew by someone who knows how: positions, revisions, chain, and the highest position ever given. */
function rewriteAll(db: Database, change: (rows: Kept[]) => Kept[]): void {
  const rows = db.prepare('SELECT stream, id, type, version, data, metadata FROM events ORDER BY position').all();
  db.exec("DELETE FROM events; DELETE FROM sqlite_sequence WHERE name = 'events'");
  const insert = db.prepare(
    'INSERT INTO events (stream, revision, id, type, version, data, metadata, previous_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const heads = new Map<string, { revision: number; hash: string }>();
  for (const row of change(rows as unknown as Kept[])) {
    const { stream, id, type, version, data, metadata } = row;
    const last = heads.get(stream) ?? { revision: -1, hash: noHash };
    const revision = last.revision + 1;
    const hash = eventHash(last.hash, { ...row, revision }, data, metadata);
    insert.run(stream, revision, id, type, version, data, metadata, last.hash, hash);
    heads.set(stream, { revision, hash });
  }
}

function swapPositions(db: Database, one: number, other: number): void {
  db.exec(`UPDATE events SET position = -1 WHERE position = ${one};
           UPDATE events SET position = ${one} WHERE position = ${other};
           UPDATE events SET position = ${other} WHERE position = -1;`);
}

describe('event store: SQLite, one process', () => {
  it('ES-57 a log that nobody touched verifies, and what lies after the last anchor is told', async () => {
    const whole = await verdictOn(() => {}, { anchors: [{ name: 'middle', value: middle }] });
    expect(whole).toMatchObject({ ok: true, events: 30, streams: 3, findings: [], unprotected: { events: 15, from: 16 } });
    expect(whole.anchors).toEqual([
      {
        name: 'middle',
        good: true,
        position: 15,
        events: 15,
        takenAt: said.takenAt,
        fingerprint: key.fingerprint,
      },
    ]);
    expect((await verdictOn(() => {}, anchored)).unprotected).toEqual({ events: 0, from: null });
    expect((await verdictOn(() => {})).unprotected).toEqual({ events: 30, from: 1 });
  });

  it.each([
    ['a letter of its data', "UPDATE events SET data = replace(data, '公', '私') WHERE position = 8"],
    ['a blank that JSON does not mind', "UPDATE events SET data = replace(data, ':', ': ') WHERE position = 8"],
    ['something after its end', "UPDATE events SET data = data || char(0) || '{}' WHERE position = 8"],
    [
      'a byte that is no text',
      "UPDATE events SET data = CAST(replace(CAST(data AS TEXT), '公', CAST(x'ff' AS TEXT)) AS TEXT) WHERE position = 8",
    ],
    ['its stream, for those who look it up', 'UPDATE events SET stream = stream || char(0) WHERE position = 8'],
    ['its metadata', "UPDATE events SET metadata = replace(metadata, '某人', '别人') WHERE position = 8"],
    [
      'when it was recorded',
      "UPDATE events SET metadata = json_set(metadata, '$.recordedAt', '2013-04-19T00:00:00.000Z') WHERE position = 8",
    ],
    ['its type', "UPDATE events SET type = 'Other' WHERE position = 8"],
    ['its version', 'UPDATE events SET version = 2 WHERE position = 8'],
    ['its id', "UPDATE events SET id = 'other' WHERE position = 8"],
    ['its hash', "UPDATE events SET hash = replace(hash, substr(hash, 1, 1), '_') WHERE position = 8"],
    ['the hash before it', 'UPDATE events SET previous_hash = hash WHERE position = 8'],
  ])('ES-57 finds a changed byte: %s', async (_, sql) => {
    expect((await verdictOn(db => db.exec(sql))).findings).toMatchObject([
      { kind: 'changed', position: 8, stream: streams[1], revision: 2 },
    ]);
  });

  it('ES-57 finds an event rewritten with a hash that fits it: its successor remembers, and of the last one an anchor does', async () => {
    const forged = '{"note":"forged"}';
    expect((await verdictOn(db => rewrite(db, 8, forged))).findings).toEqual([
      { kind: 'changed', position: 8, stream: streams[1], revision: 2, why: 'rewritten' },
    ]);
    expect((await verdictOn(db => rewrite(db, 30, forged))).ok).toBe(true);
    expect(kinds(await verdictOn(db => rewrite(db, 30, forged), anchored))).toEqual(['anchor-mismatch']);
  });

  it('ES-57 finds an added event, though everything after it was moved and hashed anew, by the anchor', async () => {
    const add = (after: number) => (db: Database) =>
      rewriteAll(db, rows => {
        const { stream } = rows[after - 1]!;
        return rows.toSpliced(after, 0, { ...rows[after - 1]!, id: 'forged', data: '{"note":"forged"}', stream });
      });
    expect(await verdictOn(add(8))).toMatchObject({ ok: true, events: 31 });
    expect(kinds(await verdictOn(add(8), anchored))).toEqual(['anchor-mismatch']);
    // After the last anchor nothing can tell: so it is said how much that is.
    expect(await verdictOn(add(30), anchored)).toMatchObject({ ok: true, unprotected: { events: 1, from: 31 } });
  });

  it('ES-57 finds a whole stream that was added or taken away with positions moved up, by the anchor', async () => {
    const anew = (change: (rows: Kept[]) => Kept[]) => verdictOn(db => rewriteAll(db, change), anchored);
    const without = await anew(rows => rows.filter(({ stream }) => stream !== streams[1]));
    expect(without.findings).toEqual([{ kind: 'cut', position: 21, events: 10, anchor: 'end' }]);
    const [first] = streams;
    const added = await anew(rows => [...rows.slice(0, 12), { ...rows[12]!, id: 'f', stream: `${first}-f` }, ...rows.slice(12)]);
    expect(kinds(added)).toEqual(['anchor-mismatch']);
  });

  it('ES-57 finds what is no JSON any more', async () => {
    expect((await verdictOn(db => db.exec("UPDATE events SET data = '{' WHERE position = 8"))).findings).toEqual([
      { kind: 'unreadable', position: 8, stream: streams[1], revision: 2 },
    ]);
  });

  it('ES-57 finds a removed event by its stream and by its position', async () => {
    const { findings } = await verdictOn(db => db.exec('DELETE FROM events WHERE position = 8'));
    expect(findings).toEqual([
      { kind: 'removed', position: 8, events: 1 },
      { kind: 'removed', position: 11, stream: streams[1], revision: 2, events: 1 },
    ]);
  });

  it('ES-57 finds a removed event also where those after it were moved up, by the anchor', async () => {
    const moveUp = (db: Database) =>
      db.exec(`DELETE FROM events WHERE position = 30; UPDATE sqlite_sequence SET seq = 29 WHERE name = 'events'`);
    expect((await verdictOn(moveUp)).ok).toBe(true);
    expect((await verdictOn(moveUp, anchored)).findings).toEqual([{ kind: 'cut', position: 30, events: 1, anchor: 'end' }]);
  });

  it('ES-57 finds a removed stream by its positions, and by the anchor', async () => {
    const remove = (db: Database) => db.exec(`DELETE FROM events WHERE stream = '${streams[1]}'`);
    const holes = await verdictOn(remove);
    expect(kinds(holes)).toEqual(['removed']);
    expect(holes.findings.reduce((sum, { events = 0 }) => sum + events, 0)).toBe(10);
    const { findings, unprotected } = await verdictOn(remove, { anchors: [{ name: 'middle', value: middle }] });
    expect(findings).toContainEqual({ kind: 'anchor-mismatch', position: 15, anchor: 'middle', why: 'streams: 3 → 2' });
    expect(unprotected).toEqual({ events: 20, from: 1 });
  });

  it('ES-57 finds a swapped pair: of one stream by itself, of two streams by the anchor', async () => {
    expect((await verdictOn(db => swapPositions(db, 8, 11))).findings).toEqual([
      { kind: 'swapped', position: 11, stream: streams[1], revision: 2 },
    ]);
    expect((await verdictOn(db => swapPositions(db, 8, 9), anchored)).findings).toEqual([
      { kind: 'swapped', position: 30, anchor: 'end', why: 'order' },
    ]);
    const contents = (db: Database) =>
      db.exec(`UPDATE events SET revision = 99 WHERE position = 8; UPDATE events SET revision = 2 WHERE position = 11;
               UPDATE events SET revision = 3 WHERE position = 8;`);
    expect(kinds(await verdictOn(contents))).toEqual(['changed', 'swapped']);
  });

  it('ES-57 finds a cut tail: by the highest position ever given, and where that was lowered too, by the anchor', async () => {
    const cut = 'DELETE FROM events WHERE position > 25;';
    expect((await verdictOn(db => db.exec(cut))).findings).toEqual([{ kind: 'cut', position: 26, events: 5 }]);
    const lowered = (db: Database) => db.exec(`${cut} UPDATE sqlite_sequence SET seq = 25`);
    expect((await verdictOn(lowered)).ok).toBe(true);
    const verdict = await verdictOn(lowered, { anchors: [{ name: 'middle', value: middle }, ...anchored.anchors] });
    expect(verdict.findings).toEqual([{ kind: 'cut', position: 26, events: 5, anchor: 'end' }]);
    expect(verdict.anchors.map(({ good }) => good)).toEqual([true, false]);
    expect(verdict.unprotected).toEqual({ events: 10, from: 16 });
    expect((await verdictOn(db => db.exec('DELETE FROM events; DELETE FROM sqlite_sequence'), anchored)).findings).toMatchObject([
      { kind: 'cut', events: 30 },
    ]);
  });

  it('ES-57 finds an index that tells another story than the table', async () => {
    const bend = (db: Database) => {
      db.enableDefensive?.(false);
      db.exec(`PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, '(id, stream)', '(type, id)') WHERE name = 'events_by_id';
        PRAGMA writable_schema = OFF;`);
    };
    expect(kinds(await verdictOn(bend))).toEqual(['damaged']);
  });

  it('ES-57 what is appended while it walks is neither missed nor taken for a fault', async () => {
    const file = join(folder, `copy-${++copies}.db`);
    copyFileSync(original, file);
    const store = await openSqliteEventStore(file);
    const appended: Promise<unknown>[] = [];
    const append = () => appended.push(store.append(streams[0]!, [eventOf(uuid('while', appended.length))], 'any'));
    expect(await verifyLog(store, { progress: append })).toMatchObject({ ok: true, events: 30 });
    await Promise.all(appended);
    expect(await verifyLog(store)).toMatchObject({ ok: true, events: 30 + appended.length });
    await store.close();
  });
});

describe('an anchor', () => {
  const changed = (more: object) => ({ anchors: [{ name: 'it', value: { ...end, ...more } as unknown }] });

  it.each([
    ['a changed position', { position: 29 }],
    ['a changed count', { events: 29 }],
    ['a changed digest', { digest: 'x'.repeat(43) }],
    ['another reason', { reason: 'nothing happened' }],
    ['another key', { key: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } }],
    ['another fingerprint', { fingerprint: 'A'.repeat(43) }],
    ['no signature', { signature: 'e30..AAAA' }],
  ])('with %s is refused', async (_, more) => {
    const { findings, anchors } = await verdictOn(() => {}, changed(more));
    expect(findings).toEqual([{ kind: 'anchor-invalid', anchor: 'it', why: 'changed' }]);
    expect(anchors).toEqual([{ name: 'it', good: false }]);
  });

  it('that is none is refused', async () => {
    for (const value of [null, 'text', {}, { ...end, more: 1 }])
      expect((await verdictOn(() => {}, { anchors: [{ name: 'it', value }] })).findings).toEqual([
        { kind: 'anchor-invalid', anchor: 'it', why: 'not-an-anchor' },
      ]);
  });

  it('signed by a key of one’s own making does not pass for the house’s', async () => {
    const other = await anchorKeyOf(newAnchorSecret());
    const { key: _key, fingerprint: _fingerprint, signature: _signature, ...content } = end;
    const value = await other.sign({ ...content });
    const fingerprints = [key.fingerprint];
    const given = { anchors: [{ name: 'it', value: value as unknown }] };
    expect((await verdictOn(() => {}, { ...given, fingerprints })).findings).toMatchObject([{ why: 'foreign-key' }]);
    expect((await verdictOn(() => {}, { ...given, fingerprints: [other.fingerprint] })).ok).toBe(true);
  });

  it('taken of an empty log holds for every log', async () => {
    const empty = await takeAnchor(memoryEventStore(), { upTo: 0, ...said }, key);
    expect(empty).toMatchObject({ position: 0, events: 0, streams: 0 });
    expect(await verdictOn(() => {}, { anchors: [{ name: 'empty', value: empty }] })).toMatchObject({ ok: true });
  });
});

describe('an engine that shows nothing but the port', () => {
  async function given(): Promise<{ log: StoredEvent[]; store: EventStore }> {
    const log: StoredEvent[] = [];
    const store = memoryEventStore(log);
    for (let index = 0; index < 30; index++)
      await store.append(streams[index % 3]!, [eventOf(uuid('verify', index), { data: { note: `公开 ${index}` } })], 'any');
    return { log, store };
  }

  it('gives the same anchor for the same log', async () => {
    const { store } = await given();
    expect(await takeAnchor(store, { upTo: 30, ...said }, key)).toEqual(end);
  });

  it('finds the same tampering, by chain and anchor', async () => {
    const tampered = async (tamper: (log: StoredEvent[]) => void) => {
      const { log, store } = await given();
      tamper(log);
      return kinds(await verifyLog(store, anchored));
    };
    expect(await tampered(() => {})).toEqual([]);
    expect(await tampered(log => (log[7]!.data = { note: 'forged' }))).toEqual(['changed']);
    expect(await tampered(log => log.splice(7, 1))).toEqual(['cut', 'removed']);
    expect(await tampered(log => log.splice(20))).toEqual(['cut']);
    expect(await tampered(log => log.splice(0, 30, ...log.filter(({ stream }) => stream !== streams[1])))).toEqual(['cut']);
    expect(await tampered(log => log.splice(7, 2, log[8]!, log[7]!))).toEqual(['swapped']);
    expect(await tampered(log => log.splice(7, 4, log[10]!, log[8]!, log[9]!, log[7]!))).toEqual(['swapped']);
  });
});
