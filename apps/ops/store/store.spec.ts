import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventsFile, keysFile } from '#platform';
import { openDatabase } from '#sqlite';
import { type FakeKurrentDb, startFakeKurrentDb } from '#testing';
import { anOperator, bytesOf, oneSentence, type Operator, type Said } from './given-operator.js';

let operator: Operator;
let place: Operator['place'];
let ops: Operator['ops'];
/** Data folders: one small, anchored at its end, and one that takes a moment. A backup and an export of the small one. */
let small: string;
let large: string;
let backup: string;
let file: string;

beforeAll(async () => {
  operator = anOperator();
  ({ place, ops } = operator);
  [small, large, backup, file] = [place('small'), place('large'), place('backup'), place('small.jsonl')];
  await Promise.all([operator.log(small, 300), operator.log(large, 25_000)]);
  json(await ops(small, 'store', 'anchor', '--json'));
  json(await ops(small, 'store', 'backup', backup, '--json'));
  json(await ops(small, 'store', 'export', file, '--json'));
});
afterAll(() => operator.leave());

let copies = 0;
function copyOf(folder: string): string {
  const copy = place(`copy-${++copies}`);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
const masterOf = (folder: string) => readFileSync(join(folder, 'keys', 'master.key'), 'utf8').trim();
function json({ code, out, err }: Said): Record<string, unknown> {
  if (code !== 0) throw new Error(`${code}: ${out}${err}`);
  return JSON.parse(out) as Record<string, unknown>;
}
function expectRefused({ code, out, err }: Said, ...told: string[]): void {
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(oneSentence);
  for (const text of told) expect(err).toContain(text);
}
function expectFound({ code, out }: Said, ...told: string[]): void {
  expect(code).toBe(1);
  for (const text of told) expect(out).toContain(text);
}

describe('A backup', () => {
  it('is taken while the house writes, whole and checked, and gives the same log again', async () => {
    const house = copyOf(small);
    const writer = await operator.writer(house);
    const taken = json(await ops(house, 'store', 'backup', place('live'), '--json'));
    await writer.stop();
    expect(taken).toMatchObject({ log: { findings: 0 }, to: place('live') });
    const { events, position } = taken['log'] as { events: number; position: number };
    expect(events).toBeGreaterThan(300);
    const restored = json(await ops(place('restored'), 'store', 'restore', place('live'), '--json'));
    expect(restored).toMatchObject({ position, aside: null, reappended: [], keys: true });
    const [now, then] = [await operator.events(house), await operator.events(place('restored'))];
    expect(then).toHaveLength(events);
    expect(now.slice(0, then.length)).toEqual(then);
  });

  it('overwrites nothing, and says where it cannot be', async () => {
    writeFileSync(place('mine'), 'mine');
    mkdirSync(place('not-empty'));
    writeFileSync(join(place('not-empty'), 'mine'), 'mine');
    expectRefused(await ops(small, 'store', 'backup', place('not-empty')), place('not-empty'));
    expectRefused(await ops(small, 'store', 'backup', join(place('mine'), 'below')), place('mine'));
    if (process.platform === 'linux') expectRefused(await ops(small, 'store', 'backup', '/proc/backup'), '/proc/backup');
    expectRefused(await ops(place('nobody'), 'store', 'backup', place('of-nobody')), 'events.db', 'GONGKAI_DATA');
    expect([existsSync(place('of-nobody')), existsSync(place('nobody'))]).toEqual([false, false]);
    expect([readFileSync(place('mine'), 'utf8'), readdirSync(place('not-empty'))]).toEqual(['mine', ['mine']]);
  });

  it('that was cut short is none; the next one takes its place', async () => {
    const target = place('cut-short');
    await operator.interrupted(() => existsSync(join(target, 'backup.incomplete')), large, 'store', 'backup', target);
    expectRefused(await ops(place('new'), 'store', 'restore', target), '没有做完');
    expect(json(await ops(small, 'store', 'backup', target, '--json'))).toMatchObject({ log: { events: 300, findings: 0 } });
  });

  it('stays as it is whoever looks at it, and nobody works on it', async () => {
    const before = bytesOf(backup);
    expect(Object.keys(before)).toEqual(expect.arrayContaining(['backup.json', 'events.db', 'keys/keys.db']) as unknown);
    const verdict = json(await ops(small, 'store', 'verify', backup, '--json'));
    expect(verdict).toMatchObject({ ok: true, events: 300, unprotected: { events: 0 } });
    expect(json(await ops(backup, 'store', 'verify', '--json'))).toMatchObject({ ok: true, events: 300, fingerprint: null });
    for (const verb of [['status'], ['store', 'import', file], ['store', 'restore', backup]])
      expectRefused(await ops(backup, ...verb), backup, 'ops store restore');
    expect(bytesOf(backup)).toEqual(before);
  });

  it('that was damaged is found out, and not restored', async () => {
    const target = copyOf(backup);
    const bytes = readFileSync(join(target, 'events.db'));
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(join(target, 'events.db'), bytes);
    expectFound(await ops(small, 'store', 'verify', target), 'damaged', 'events.db');
    expectRefused(await ops(place('never'), 'store', 'restore', target), 'events.db', '已损坏');
    rmSync(join(target, 'events.db'));
    expectRefused(await ops(place('never'), 'store', 'restore', target), 'events.db', '缺失');
    writeFileSync(join(target, 'backup.json'), '{');
    expectRefused(await ops(place('never'), 'store', 'restore', target), 'backup.json');
    expectRefused(await ops(place('never'), 'store', 'restore', small), small);
    expect(existsSync(eventsFile(place('never')))).toBe(false);
  });
});

describe('A restore', () => {
  it('replaces data only where that is wanted, and keeps it aside', async () => {
    const house = place('other-house');
    await operator.log(house, 20, 'other');
    const [theirs, ours] = [await operator.events(house), await operator.events(small)];
    expectRefused(await ops(house, 'store', 'restore', backup), '20', '--force');
    expect(await operator.events(house)).toEqual(theirs);
    const { aside } = json(await ops(house, 'store', 'restore', backup, '--force', '--json')) as { aside: string };
    expect(await operator.events(house)).toEqual(ours);
    expect(await operator.events(aside)).toEqual(theirs);
    expect(readdirSync(house).filter(name => name.startsWith('.'))).toEqual([]);
  });

  it('may be killed before any of its steps: what is left can be started, holds one log or the other, and the next try goes on', async () => {
    const house = copyOf(small);
    await operator.log(house, 5, 'since');
    mkdirSync(join(house, 'views'));
    writeFileSync(join(house, 'folder.json'), '{"holds": "office", "loaded": true, "authority": "甲局"}');
    await operator.keys(house, 'someone');
    await ops(house, 'store', 'anchor');
    const [theirs, ours] = [await operator.events(house), await operator.events(small)];
    let steps = 0;
    for (let code: number | null = null; code === null; steps++) {
      ({ code } = await operator.powerFails(steps + 1, house, 'store', 'restore', backup, '--force'));
      expect([theirs, ours]).toContainEqual(await operator.events(house));
      expect(await operator.keys(house, 'someone')).toEqual(['someone']);
      expect(existsSync(join(house, 'folder.json'))).toBe(true);
      expect(readdirSync(house).filter(name => name.startsWith('.'))).toEqual([]);
    }
    expect(await operator.events(house)).toEqual(ours);
    expect(steps).toBeGreaterThan(5);
  });

  it('is refused while the house runs, as is an import', async () => {
    const house = copyOf(small);
    const writer = await operator.writer(house);
    expectRefused(await ops(house, 'store', 'restore', backup, '--force'), '停止服务');
    expectRefused(await ops(house, 'store', 'import', file), '停止服务');
    await writer.stop();
    expect((await ops(house, 'store', 'restore', backup, '--force')).code).toBe(0);
  });

  it('puts a sound log in the place of one that cannot be read', async () => {
    const house = copyOf(small);
    writeFileSync(eventsFile(house), 'not a database, but long enough to be taken for one at first sight. '.repeat(20));
    for (const verb of ['verify', 'export']) expectRefused(await ops(house, 'store', verb), '不是数据库');
    expectRefused(await ops(house, 'store', 'restore', backup), '读不出');
    expect(json(await ops(house, 'store', 'restore', backup, '--force', '--json'))).toMatchObject({ replacedReadable: false });
    expect(await operator.events(house)).toEqual(await operator.events(small));
  });

  it('goes without the keys, where those were taken away from the backup and are still in the folder', async () => {
    const keyless = copyOf(backup);
    rmSync(join(keyless, 'keys'), { recursive: true });
    expect((await ops(small, 'store', 'verify', keyless)).code).toBe(0);
    const house = copyOf(small);
    const keys = bytesOf(join(house, 'keys'));
    expect(json(await ops(house, 'store', 'restore', keyless, '--force', '--json'))).toMatchObject({ keys: true });
    expect(bytesOf(join(house, 'keys'))).toEqual(keys);
    expect((await ops(place('without-keys'), 'store', 'restore', keyless)).out).toContain('备份里没有密钥');
  });

  it('into a folder that was only looked into takes over the keys of the backup', async () => {
    const house = place('looked-into');
    await operator.log(house, 0);
    await operator.keys(house);
    expect(masterOf(house)).not.toBe(masterOf(small));
    expect((await ops(house, 'store', 'restore', backup)).code).toBe(0);
    expect(masterOf(house)).toBe(masterOf(small));
    expect(await operator.keys(house)).toEqual([]);
  });

  it('knows the keys after a rotation of the master key that the backup did not see', async () => {
    const house = copyOf(small);
    const [next, old] = [Buffer.alloc(32, 5).toString('base64'), masterOf(house)];
    const master = join(house, 'keys', 'master.key');
    await operator.keys(house, 'someone');
    writeFileSync(master, `${next}\n${old}\n`);
    expect((await ops(house, 'privacy', 'rotate')).code).toBe(0);
    writeFileSync(master, `${next}\n`);
    expect((await ops(house, 'store', 'restore', backup, '--force')).code).toBe(0);
    expect(masterOf(house)).toBe(next);
    expect(await operator.keys(house, 'someone')).toEqual(['someone']);
  });

  it('brings back keys that had been lost and made anew since, beside the new ones', async () => {
    const [then, target] = [copyOf(small), place('with-keys')];
    await operator.keys(then, 'known-then');
    await ops(then, 'store', 'backup', target);
    const house = copyOf(small);
    rmSync(join(house, 'keys'), { recursive: true });
    await operator.keys(house, 'known-since');
    expect((await ops(house, 'store', 'restore', target, '--force')).code).toBe(0);
    expect(await operator.keys(house, 'known-then', 'known-since')).toEqual(['known-then', 'known-since']);
  });

  it('that was killed leaves no second file of keys: the next who opens the keys removes it', async () => {
    const house = copyOf(small);
    const dead = join(house, `.restoring-${hostname()}-999999999`);
    const alive = join(house, `.restoring-${hostname()}-${process.pid}`);
    for (const folder of [dead, alive]) {
      mkdirSync(join(folder, 'keys'), { recursive: true });
      copyFileSync(keysFile(house), keysFile(folder));
    }
    await operator.keys(house);
    expect([existsSync(dead), existsSync(alive)]).toEqual([false, true]);
  });
});

describe('An export', () => {
  it('that Ctrl-C cut short goes on where it was, to the same bytes', async () => {
    const cut = place('cut.jsonl');
    await operator.interrupted(() => size(cut) > 300_000, large, 'store', 'export', cut);
    const { resumedAfter, events } = json(await ops(large, 'store', 'export', cut, '--json'));
    expect(resumedAfter).toBeGreaterThan(0);
    expect(events).toBe(25_000 - (resumedAfter as number));
    const [, ...lines] = readFileSync(cut, 'utf8').split('\n');
    expect(lines.slice(0, -2)).toEqual(await operator.events(large));
    expect(lines.slice(-2)).toEqual(['{"end":{"position":25000}}', '']);
  });

  it('goes on from the middle of a line, from its own end, and not in the file of another', async () => {
    const house = copyOf(small);
    const torn = place('torn.jsonl');
    const bytes = readFileSync(file);
    for (const length of [30, Math.floor(bytes.length / 2), bytes.length - 5]) {
      writeFileSync(torn, bytes.subarray(0, length));
      expect((await ops(house, 'store', 'export', torn)).code).toBe(0);
      expect(readFileSync(torn).equals(bytes)).toBe(true);
    }
    await operator.log(house, 10, 'more');
    expect(json(await ops(house, 'store', 'export', torn, '--json'))).toMatchObject({ events: 10, resumedAfter: 300 });
    const { out } = await ops(house, 'store', 'export');
    expect(readFileSync(torn, 'utf8')).toBe(out);
    expectRefused(await ops(large, 'store', 'export', torn), '另一份');
    expectRefused(await ops(house, 'store', 'export', torn, '--from', '5'), '--from 1');
    expectRefused(await ops(house, 'store', 'export', place('x'), '--from', '312'), '310');
    writeFileSync(place('no-export'), 'mine\n');
    expectRefused(await ops(house, 'store', 'export', place('no-export')), place('no-export'));
    expect(readFileSync(place('no-export'), 'utf8')).toBe('mine\n');
  });

  it('tells what it did on standard error and nothing but itself on standard output', async () => {
    const { out, err } = await ops(small, 'store', 'export', '-');
    expect(out).toBe(readFileSync(file, 'utf8'));
    expect(err).toContain('300');
  });
});

describe('An import', () => {
  it('of an export is the same log, and Ctrl-C in the middle costs nothing', async () => {
    const [whole, house] = [place('large.jsonl'), place('imported')];
    await ops(large, 'store', 'export', whole);
    const written = () => size(eventsFile(house)) + size(`${eventsFile(house)}-wal`) > 300_000;
    await operator.interrupted(written, house, 'store', 'import', whole);
    const { events, appended, moved, complete } = json(await ops(house, 'store', 'import', whole, '--json'));
    expect({ events, moved, complete }).toEqual({ events: 25_000, moved: 0, complete: true });
    expect(appended).toBeLessThan(25_000);
    expect(json(await ops(house, 'store', 'import', whole, '--json'))).toMatchObject({ appended: 0 });
    expect(await operator.events(house)).toEqual(await operator.events(large));
  });

  it('of half an export says so, and takes the rest afterwards', async () => {
    const [half, house] = [place('half.jsonl'), place('halves')];
    copyFileSync(file, half);
    truncateSync(half, Math.floor(size(file) / 2));
    expectFound(await ops(house, 'store', 'import', half), '没有结尾');
    expect((await ops(house, 'store', 'import', file)).code).toBe(0);
    expect(await operator.events(house)).toEqual(await operator.events(small));
  });

  it('of what was changed is refused at its line, and of no export at once', async () => {
    const [changed, house] = [place('changed.jsonl'), place('unchanged')];
    writeFileSync(changed, readFileSync(file, 'utf8').replace('公开 a-99 ', '公开 a-98 '));
    expectRefused(await ops(house, 'store', 'import', changed), '101');
    expect((await operator.events(house)).length).toBeLessThanOrEqual(99);
    for (const wrong of [eventsFile(small), place('nothing'), place('.')])
      expectRefused(await ops(place('none'), 'store', 'import', wrong));
    expect(existsSync(place('none'))).toBe(false);
  });

  it('into another log is refused and leaves it as it was', async () => {
    const house = place('another');
    await operator.log(house, 10, 'another');
    const before = await operator.events(house);
    expectRefused(await ops(house, 'store', 'import', file), '不是同一份');
    expect(await operator.events(house)).toEqual(before);
  });

  it('does not take over views that were left of another log', async () => {
    const house = place('left-views');
    mkdirSync(join(house, 'views'), { recursive: true });
    writeFileSync(join(house, 'views', 'catalogue.db'), 'of another log');
    expect((await ops(house, 'store', 'import', file)).code).toBe(0);
    expect(existsSync(join(house, 'views'))).toBe(false);
  });
});

describe('An anchor', () => {
  it('is taken once a position, kept elsewhere by who asks, and it is said what none protects', async () => {
    const [house, out] = [copyOf(small), place('anchor.json')];
    rmSync(join(house, 'anchors'), { recursive: true });
    expect((await ops(house, 'store', 'verify')).out).toContain('300 个事件，从位置 1 起');
    const taken = json(await ops(house, 'store', 'anchor', '--out', out, '--json'));
    expect(taken).toMatchObject({ already: false, anchor: { position: 300, events: 300, streams: 100 } });
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(taken['anchor']);
    expectRefused(await ops(house, 'store', 'anchor', '--out', out), out);
    expectRefused(await ops(house, 'store', 'anchor', '--out', join(place('nowhere'), 'a.json')), place('nowhere'));
    expectRefused(await ops(house, 'store', 'anchor', '--reason', '电话 13800138000'), '--reason');
    expect(json(await ops(house, 'store', 'anchor', '--json'))).toMatchObject({ already: true, anchor: taken['anchor'] });
    await operator.log(house, 7, 'later');
    const verdict = json(await ops(house, 'store', 'verify', '--anchor', out, '--json'));
    expect(verdict).toMatchObject({ ok: true, unprotected: { events: 7, from: 301 } });
    expect((verdict['anchors'] as { good: boolean }[]).map(({ good }) => good)).toEqual([true, true]);
  });

  it('that was kept elsewhere shows a log rewritten as a whole, whatever the folder says of itself', async () => {
    const [forged, out] = [place('forged'), place('kept-elsewhere.json')];
    await ops(small, 'store', 'anchor', '--out', out);
    // Whoever has the machine has the key as well, and writes everything anew, chain and anchors.
    await operator.log(forged, 299);
    await operator.log(forged, 1, 'b');
    cpSync(join(small, 'keys'), join(forged, 'keys'), { recursive: true });
    expect((await ops(forged, 'store', 'anchor')).code).toBe(0);
    expect((await ops(forged, 'store', 'verify')).code).toBe(0);
    expectFound(await ops(forged, 'store', 'verify', '--anchor', out), 'anchor-mismatch');
  });

  it('of another key, changed, or none at all is a finding; a file that is not there is a mistake', async () => {
    const [house, stranger, right, foreign] = [copyOf(small), place('stranger'), place('right.json'), place('foreign.json')];
    await operator.log(stranger, 300);
    const anchorOf = async (folder: string, out: string) =>
      json(await ops(folder, 'store', 'anchor', '--out', out, '--json'))['anchor'] as { fingerprint: string };
    const [ours, theirs] = [(await anchorOf(house, right)).fingerprint, (await anchorOf(stranger, foreign)).fingerprint];
    expectFound(await ops(house, 'store', 'verify', '--anchor', foreign), '另一把密钥');
    expect((await ops(house, 'store', 'verify', '--anchor', foreign, '--key', theirs)).code).toBe(0);
    const changed = place('changed.json');
    writeFileSync(changed, readFileSync(right, 'utf8').replace('"events": 300', '"events": 200'));
    expectFound(
      await ops(house, 'store', 'verify', '--anchor', changed, '--anchor', eventsFile(house)),
      '签名被改动',
      '不是锚点文件',
    );
    expectRefused(await ops(house, 'store', 'verify', '--anchor', place('nowhere')), place('nowhere'));
    // A copy without keys: the fingerprint is printed, for whoever knows the right one.
    rmSync(join(house, 'keys'), { recursive: true });
    const keyless = await ops(house, 'store', 'verify', '--anchor', right);
    expect({ code: keyless.code, told: keyless.out.includes(ours) }).toEqual({ code: 0, told: true });
    expectFound(await ops(house, 'store', 'verify', '--key', theirs), '另一把密钥');
  });

  it('whose file in the folder was damaged is not taken for one', async () => {
    const house = copyOf(small);
    const [name] = readdirSync(join(house, 'anchors'));
    truncateSync(join(house, 'anchors', name!), 100);
    expectRefused(await ops(house, 'store', 'anchor'), name!);
    expectFound(await ops(house, 'store', 'verify'), 'anchor-invalid', name!);
  });
});

describe('A log that somebody laid hands on', () => {
  async function tampered(sql: string): Promise<string> {
    const house = copyOf(small);
    const db = await openDatabase(eventsFile(house), { durability: 'full' });
    db.exec(sql);
    db.close();
    return house;
  }

  it('is told with the place, event by event; what can be read is still copied, and never passes for sound', async () => {
    const change = `DROP TRIGGER events_are_never_updated; UPDATE events SET data = '{"note":"别的"}' WHERE position = 42`;
    const [house, target, copy] = [await tampered(change), place('of-a-changed-log'), place('changed-log.jsonl')];
    expectFound(await ops(house, 'store', 'verify'), 'changed  catalogue.record-a-41 #0 @42');
    expectFound(await ops(house, 'store', 'backup', target), 'ops store verify');
    expectRefused(await ops(place('n1'), 'store', 'restore', target), '--force');
    expect((await ops(place('n1'), 'store', 'restore', target, '--force')).code).toBe(0);
    expect((await ops(house, 'store', 'export', copy)).code).toBe(0);
    expectRefused(await ops(place('n2'), 'store', 'import', copy), '43');
  });

  it('of a newer program is left alone by every verb', async () => {
    const house = await tampered('PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)');
    const before = bytesOf(house)['events.db'];
    for (const verb of [['verify'], ['anchor'], ['backup', place('newer')], ['export'], ['import', file]])
      expectRefused(await ops(house, 'store', ...verb), '升级');
    expect(bytesOf(house)['events.db']).toBe(before);
  });
});

describe('Events on a server [fake KurrentDB]', () => {
  let fake: FakeKurrentDb;
  beforeAll(async () => {
    fake = await startFakeKurrentDb();
  });
  afterEach(() => operator.onServers({}));
  afterAll(async () => fake.close());

  it('are brought there by an export, are the same log, and fit the anchors of before', async () => {
    const [house, anchor, back] = [place('on-server'), place('before-moving.json'), place('from-server.jsonl')];
    await ops(small, 'store', 'anchor', '--out', anchor);
    operator.onServers({ GONGKAI_EVENTS: fake.url });
    expect(json(await ops(house, 'store', 'import', file, '--json'))).toMatchObject({ appended: 300, complete: true });
    expect(json(await ops(house, 'store', 'verify', '--anchor', anchor, '--json'))).toMatchObject({
      ok: true,
      events: 300,
      anchors: [{ good: true }],
      unprotected: { events: 0 },
    });
    expect((await ops(house, 'store', 'export', back)).code).toBe(0);
    const withoutPositions = (path: string) => readFileSync(path, 'utf8').replace(/"position":\d+/g, '');
    expect(withoutPositions(back).split('\n').slice(1)).toEqual(withoutPositions(file).split('\n').slice(1));
  });

  it('stay there: a backup holds keys and anchors, and a restore brings those back', async () => {
    const [house, target] = [place('on-server'), place('of-a-server')];
    operator.onServers({ GONGKAI_EVENTS: fake.url });
    await operator.keys(house, 'someone');
    expect((await ops(house, 'store', 'anchor')).code).toBe(0);
    expect(json(await ops(house, 'store', 'backup', target, '--json'))).toMatchObject({ log: null });
    expect((await ops(house, 'store', 'verify', target)).code).toBe(0);
    expectRefused(await ops(place('server-again'), 'store', 'restore', backup), 'GONGKAI_EVENTS');
    expect(json(await ops(place('server-again'), 'store', 'restore', target, '--json'))).toMatchObject({ position: null });
    expect(await operator.keys(place('server-again'), 'someone')).toEqual(['someone']);
    expect((await ops(place('server-again'), 'store', 'verify')).out).toContain('相符');
    operator.onServers({});
    expectRefused(await ops(place('no-server'), 'store', 'restore', target), 'GONGKAI_EVENTS');
  });
});
