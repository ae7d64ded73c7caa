import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AnnualReport } from '#contracts';
import { keysFile } from '#platform';
import { filesHolding, tracesOf } from '#privacy';
import { openDatabase } from '#sqlite';
import {
  ask,
  copyOf,
  done,
  type House,
  loadedYear,
  loading,
  newFolder,
  ready,
  reportOf,
  start,
  startHouse,
  stop,
} from './house.js';

const applicant = {
  name: '欧阳示例甲',
  certificate: '居民身份证 510101199001011234',
  phone: '13800138000',
  email: 'ouyang.shili@example.org',
  address: '成都市示例路一号',
  representative: '司马示例乙',
};
const traces = tracesOf(Object.values(applicant));
const officer = 'lin-fang';
const past = { source: '纸质登记簿', reason: '补录' };

let folder: string;
let house: House;
/** What operators and logs were told, as files beside the data; backups and exports; what a restore put aside. */
const told = newFolder();
const backups = newFolder();
const exports = newFolder();
const aside: string[] = [];

beforeAll(async () => {
  folder = copyOf((await loadedYear()).folder);
  house = await startHouse({ folder, env: { LOG_LEVEL: 'trace' } });
  await ready(house);
}, loading * 2);
afterAll(async () => {
  await stop(house);
});

async function ops(...args: string[]): Promise<{ code: number | null; said: string }> {
  const run = start('ops', { folder, args, env: { LOG_LEVEL: 'trace', GONGKAI_OPERATOR: 'wu-gang' } });
  const code = await run.exited;
  writeFileSync(join(told, `ops-${readdirSync(told).length}.txt`), run.said());
  return { code, said: run.said() };
}

async function answeredRequest(body: object): Promise<string> {
  const given = { path: 'direct', form: 'letter', applicantType: 'natural-person', subject: '低保标准' };
  const id = await done(house, officer, '/requests', { ...given, ...body, occurredOn: '2013-05-06', ...past });
  await done(house, officer, `/requests/${id}/receipt`, { occurredOn: '2013-05-06', ...past });
  await done(house, officer, `/requests/${id}/answer`, { outcome: 'granted', occurredOn: '2013-05-08', ...past });
  return id;
}

const applicantOf = (id: string) => ask<{ applicant: unknown }>(house, `/api/v1/requests/${id}/applicant`, { as: officer });
const heldOf = async (id: string) => (await ask(house, `/api/v1/requests/${id}`, { as: officer })).body['applicant'];

/** Log, WAL, views and their search index, keys, anchors, backups, exports, what operators were told, logs of processes: every byte. */
function whereItStands(): string[] {
  writeFileSync(join(told, `process-${house.process.pid}.log`), house.said());
  return filesHolding(traces, folder, ...aside, backups, exports, told);
}

async function wrappedKeyOf(subject: string): Promise<Buffer> {
  const db = await openDatabase(keysFile(folder), { durability: 'normal', readOnly: true });
  const { wrapped } = db.prepare('SELECT wrapped FROM subjects WHERE subject = ?').get(subject) as { wrapped: Uint8Array };
  db.close();
  return Buffer.from(wrapped);
}

describe('A person who asked for information, and later asks to be forgotten', () => {
  let first: string;
  let second: string;
  let other: string;
  let before: AnnualReport;
  /** The key of the first two, as it was kept. */
  let wrapped: Buffer;
  const whereTheKeyIs = () =>
    filesHolding([wrapped, wrapped.subarray(0, 12), wrapped.subarray(-16)], folder, ...aside, exports, told);

  it('is known to the officer who handles the requests', async () => {
    first = await answeredRequest({ applicant });
    second = await answeredRequest({ applicant, dataSubject: first, subject: '抚恤标准' });
    other = await answeredRequest({ applicant: { name: '另一位示例丙' } });
    expect(await applicantOf(second)).toMatchObject({ status: 200, body: { dataSubject: first, applicant } });
    expect((await ask(house, `/api/v1/requests/${first}/applicant`, { as: 'he-qing' })).status).toBe(403);
    expect((await ask(house, `/api/v1/requests/${first}/applicant`)).status).toBe(401);
    before = await reportOf(house, 2013);
  });

  it('stands in plain text nowhere, not in the log nor its WAL, the views, the keys, a backup, an export, a process’s log', async () => {
    const wrong = { applicant: { ...applicant, [applicant.phone]: applicant.name } };
    const refused = await ask(house, '/api/v1/requests', { as: officer, body: { path: 'direct', ...wrong } });
    expect(refused.status).toBe(422);
    writeFileSync(join(told, 'refused.json'), JSON.stringify(refused.body));
    const broken = await ask(house, '/api/v1/requests', { as: officer, body: `{"applicant": {"name": ${applicant.name}}}` });
    expect(broken.status).toBe(400);
    writeFileSync(join(told, 'broken.json'), JSON.stringify(broken.body));
    const { body } = await ask(house, `/api/v1/requests/${first}`, { as: officer });
    writeFileSync(join(told, 'request.json'), JSON.stringify(body));
    const correlationId = (body['history'] as { correlationId: string }[])[0]!.correlationId;
    expect((await ops('trace', correlationId)).said).toContain('requests.request.register');
    expect(await ops('store', 'backup', join(backups, 'before'))).toMatchObject({ code: 0 });
    expect(await ops('store', 'export', join(exports, 'before.jsonl'))).toMatchObject({ code: 0 });
    expect(await ops('store', 'anchor', '--out', join(exports, 'before.json'))).toMatchObject({ code: 0 });
    for (const page of ['/', '/requests', '/reports/2013', '/api/openapi.json'])
      writeFileSync(join(told, `page-${encodeURIComponent(page)}`), await (await fetch(house.address + page)).text());
    expect(readdirSync(folder).some(name => name.endsWith('-wal'))).toBe(true);
    expect(whereItStands()).toEqual([]);
    // What is not personal is found: the search would have found the rest.
    const found = filesHolding(tracesOf(['低保标准']), folder, backups, exports, told);
    for (const file of ['events.db', 'requests.db', 'before.jsonl', 'request.json'])
      expect(found).toContainEqual(expect.stringContaining(file));
    expect(house.said()).toContain('personal data was shown');
  });

  it('is forgotten at an operator’s word: no byte of the key is left, and whoever reads is told so', async () => {
    wrapped = await wrappedKeyOf(first);
    const kept = await wrappedKeyOf(other);
    expect(filesHolding([wrapped], folder)).not.toEqual([]);
    expect(await ops('privacy', 'erase', 'nobody')).toMatchObject({
      code: 1,
      said: expect.stringContaining('nobody') as unknown,
    });
    const erased = await ops('privacy', 'erase', first, '--reason', '本人书面请求');
    expect(erased).toMatchObject({ code: 0, said: expect.stringContaining('已删除') as unknown });
    expect(await ops('privacy', 'erase', first)).toMatchObject({ code: 0 });
    expect(whereTheKeyIs()).toEqual([]);
    expect(filesHolding([kept], folder)).not.toEqual([]);

    expect(await Promise.all([heldOf(first), heldOf(second), heldOf(other)])).toEqual(['erased', 'erased', 'held']);
    const gone = { erased: true, zh: '已依法删除', en: 'erased' };
    expect(await applicantOf(first)).toMatchObject({ status: 200, body: { applicant: gone } });
    expect(await applicantOf(other)).toMatchObject({ body: { applicant: { name: '另一位示例丙' } } });
    const named = await ask(house, '/api/v1/requests', {
      as: officer,
      body: {
        path: 'direct',
        form: 'letter',
        applicantType: 'natural-person',
        subject: '再次申请',
        applicant,
        dataSubject: first,
      },
    });
    expect(named).toMatchObject({ status: 409, body: { title: 'subject-erased' } });
    expect((await ops('privacy', 'status', '--json')).said).toContain('"erased": 1');
    expect(whereItStands()).toEqual([]);
  });

  it('changes no total, and no view built anew holds anything of them', async () => {
    const { digest, figures } = await reportOf(house, 2013);
    expect({ digest, figures }).toEqual({ digest: before.digest, figures: before.figures });
    for (const view of ['records', 'channels', 'requests', 'annual-report', 'report-cases'])
      expect(await ops('rebuild', view)).toMatchObject({ code: 0 });
    expect((await ops('verify', 'report', '2013')).code).toBe(0);
    expect((await reportOf(house, 2013)).digest).toBe(before.digest);
    expect(await ops('store', 'backup', join(backups, 'after'))).toMatchObject({ code: 0 });
    expect(await ops('store', 'export', join(exports, 'after.jsonl'))).toMatchObject({ code: 0 });
    expect(whereItStands()).toEqual([]);
    expect(filesHolding([wrapped], join(backups, 'after'))).toEqual([]);
    const encrypted = Buffer.from('gkp1.');
    expect(filesHolding([encrypted], join(folder, 'views'), told)).toEqual([]);
  });

  it('leaves the log what it was: what was anchored before still fits, and what came after is told', async () => {
    const { code, said } = await ops('store', 'verify', '--anchor', join(exports, 'before.json'), '--json');
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringMatching(/"good": true[^]*"events": [1-9]/) as unknown });
  });

  it('stays forgotten after a restart, and under a rotated master key', async () => {
    await stop(house);
    const old = readFileSync(join(folder, 'keys', 'master.key'), 'utf8').trim();
    const next = Buffer.alloc(32, 7).toString('base64');
    writeFileSync(join(folder, 'keys', 'master.key'), `${next}\n${old}\n`);
    expect(await ops('privacy', 'rotate')).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'keys', 'master.key'), `${next}\n`);
    house = await startHouse({ folder, env: { LOG_LEVEL: 'trace' } });
    await ready(house);
    expect(await Promise.all([heldOf(first), heldOf(second)])).toEqual(['erased', 'erased']);
    expect(await applicantOf(other)).toMatchObject({ body: { applicant: { name: '另一位示例丙' } } });
    expect(whereItStands()).toEqual([]);
  });

  it('stays forgotten when a backup from before is brought back: log, keys and views of then, the erasure of since', async () => {
    await stop(house);
    expect(filesHolding([wrapped], join(backups, 'before'))).not.toEqual([]);
    const { code, said } = await ops('store', 'restore', join(backups, 'before'), '--force', '--json');
    expect({ code, said }).toMatchObject({ code: 0 });
    const restored = JSON.parse(said) as { aside: string; reappended: string[] };
    aside.push(restored.aside);
    expect(restored.reappended).toEqual([first]);
    // Before anything was started: nobody could have read it in between.
    expect(whereTheKeyIs()).toEqual([]);
    expect(whereItStands()).toEqual([]);

    house = await startHouse({ folder, env: { LOG_LEVEL: 'trace' } });
    await ready(house);
    expect(await Promise.all([heldOf(first), heldOf(second), heldOf(other)])).toEqual(['erased', 'erased', 'held']);
    expect(await applicantOf(other)).toMatchObject({ body: { applicant: { name: '另一位示例丙' } } });
    expect((await reportOf(house, 2013)).digest).toBe(before.digest);
    for (const view of ['records', 'channels', 'requests', 'annual-report', 'report-cases'])
      expect(await ops('rebuild', view)).toMatchObject({ code: 0 });
    expect(await Promise.all([heldOf(first), heldOf(second)])).toEqual(['erased', 'erased']);
    expect(await ops('store', 'verify')).toMatchObject({ code: 0 });
    expect(whereTheKeyIs()).toEqual([]);
    expect(whereItStands()).toEqual([]);
  });
});
