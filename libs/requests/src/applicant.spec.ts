import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { getApplicant, getRequest, isRefusal, listRequests, registerRequest, type Reply } from '#contracts';
import { natsClient, natsServerOptions, natsVersion } from '#messaging';
import { applyErasures, filesHolding, reappendErasures, subjectErasedType, tracesOf } from '#privacy';
import { eraseAndDie, inProcess, type Office, openOffice, openStores } from './given-office.js';

const applicant = { name: '欧阳示例', certificate: '居民身份证 510101199001011234', phone: '13800138000' };
const given = { path: 'direct', form: 'letter', applicantType: 'natural-person', subject: '低保标准' };
const traces = tracesOf(Object.values(applicant));

let folder: string;
let office: Office;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-applicant-'));
  office = await openOffice(folder);
});
afterEach(async () => {
  await office.close();
  rmSync(folder, { recursive: true });
});

function idOf(reply: Reply<{ id: string }>): string {
  if (isRefusal(reply)) throw new Error(reply.en);
  return reply.ok.id;
}
const register = async (more: object = {}, options: { commandId?: string } = {}) =>
  office.ask(registerRequest, { ...given, applicant, ...more }, options);
const shown = (id: string, as: 'officer' | 'auditor' = 'officer') => office.ask<unknown>(getApplicant, { id }, { as });
const held = async (id: string) =>
  ((await office.ask<{ applicant: string }>(getRequest, { id })) as { ok: { applicant: string } }).ok.applicant;
const erased = { erased: true, zh: '已依法删除', en: 'erased' };

async function again(options: Parameters<typeof openOffice>[1] = {}) {
  await office.close();
  office = await openOffice(folder, options);
}
/** Nobody runs between the fact and the next start. */
async function erasedBeforeStart(subject: string) {
  await office.close();
  await eraseAndDie(folder, subject);
  office = await openOffice(folder);
}

describe('The applicant of a request', () => {
  it('is shown to whoever handles requests, and to nobody else', async () => {
    const id = idOf(await register());
    expect(await held(id)).toBe('held');
    expect(await shown(id)).toEqual({ ok: { id, dataSubject: id, applicant } });
    expect(await shown(id, 'auditor')).toMatchObject({ name: 'role-missing' });
    expect(await shown('nowhere')).toMatchObject({ name: 'request-unknown' });
    const none = idOf(await office.ask(registerRequest, given));
    expect([await held(none), await shown(none)]).toEqual(['none', { ok: { id: none, dataSubject: null, applicant: null } }]);
    const list = await office.ask<{ items: object[] }>(listRequests, {});
    expect('ok' in list && list.ok.items.every(item => !('applicant' in item))).toBe(true);
  });

  it('stands in no file in plain text, and never twice in the same bytes', async () => {
    const ids = [idOf(await register()), idOf(await register())];
    const [one, other] = await Promise.all(
      ids.map(async id => (await office.stored.readStream(`requests.request-${id}`))[0]!.data['applicant']),
    );
    expect([one, other]).toEqual([expect.stringMatching(/^gkp1\./), expect.stringMatching(/^gkp1\./)]);
    expect(one).not.toBe(other);
    expect(filesHolding(traces, folder)).toEqual([]);
  });

  it('is part of what the command says: the same again is answered as the first time, another is refused', async () => {
    const commandId = 'a-key-of-the-asker';
    const first = await register({}, { commandId });
    expect(await register({}, { commandId })).toEqual(first);
    expect(await register({ applicant: { ...applicant, phone: '13900139000' } }, { commandId })).toMatchObject({
      name: 'idempotency-key-reused',
    });
    expect(await office.stored.readStream(`requests.request-${idOf(first)}`)).toHaveLength(1);
  });

  it('of several requests is one person where the officer says so, by an id that the house gave', async () => {
    const first = idOf(await register());
    const second = idOf(await register({ dataSubject: first, subject: '抚恤标准' }));
    expect(await shown(second)).toMatchObject({ ok: { dataSubject: first } });
    expect(await register({ dataSubject: 'ouyang-shili' })).toMatchObject({ name: 'subject-unknown' });
    await erasedBeforeStart(first);
    expect(await Promise.all([held(first), held(second)])).toEqual(['erased', 'erased']);
  });

  it('is refused where it comes unsealed, or in a seal made for another command', async () => {
    const bus = inProcess();
    await again({ bus });
    const ask = { correlationId: 'walk', token: 'officer' };
    const send = (subject: string, what: object) =>
      new Promise(resolve => bus.client.send(subject, { ...ask, ...what }).subscribe(resolve));
    expect(await send(registerRequest.subject, { commandId: 'c1', input: { ...given, applicant } })).toMatchObject({
      name: 'not-sealed',
    });
    expect(await send(getApplicant.subject, { input: { id: 'x' } })).toMatchObject({ name: 'not-sealed' });
    let sealed: unknown;
    const spied = bus.client.send.bind(bus.client);
    bus.client.send = <R, I>(subject: string, packet: I) => {
      sealed = (packet as { sealed?: unknown }).sealed ?? sealed;
      return spied<R, I>(subject, packet);
    };
    expect(await register({}, { commandId: 'c2' })).toMatchObject({ ok: {} });
    expect(await send(registerRequest.subject, { commandId: 'c3', input: given, sealed })).toMatchObject({ name: 'not-sealed' });
    expect(await send(registerRequest.subject, { commandId: 'c2', input: given, sealed: 'rubbish' })).toMatchObject({
      name: 'not-sealed',
    });
  });

  it('is sealed anew where the room was given other keys meanwhile', async () => {
    await register();
    const { house } = office;
    const bus = inProcess();
    // The gateway lives on, with the key it knows.
    Object.assign(house, { client: bus.client });
    await again({ bus, keys: 'other-keys' });
    const reply = await house.ask(registerRequest, {
      input: { ...given, applicant },
      correlationId: 'walk',
      token: 'officer',
      commandId: 'c9',
    });
    expect(reply).toMatchObject({ ok: {} });
  });
});

describe('A person who is to be forgotten', () => {
  let id: string;
  beforeEach(async () => {
    id = idOf(await register({}, { commandId: 'c1' }));
  });

  it('is forgotten by whoever starts next, should the operator die between the fact and the key', async () => {
    await erasedBeforeStart(id);
    expect(await office.keys.keyOf(id)).toBe('erased');
    expect([await held(id), await shown(id)]).toEqual(['erased', { ok: { id, dataSubject: id, applicant: erased } }]);
  });

  it('is forgotten by the running room too', async () => {
    await eraseAndDie(folder, id);
    for (let tries = 0; (await office.keys.keyOf(id)) !== 'erased' && tries < 200; tries++)
      await new Promise(resolve => setTimeout(resolve, 20));
    expect(await held(id)).toBe('erased');
  });

  it('is named by no new command; the old one, repeated, is still answered as it was', async () => {
    await erasedBeforeStart(id);
    expect(await register({}, { commandId: 'c1' })).toMatchObject({ ok: { id, revision: 0 } });
    expect(await register({ dataSubject: id })).toMatchObject({ refused: 'conflict', name: 'subject-erased' });
    expect(await office.stored.readStream('requests.subject-' + id)).toHaveLength(1);
  });

  it('stays forgotten when an older copy of the keys is put back', async () => {
    await office.close();
    cpSync(join(folder, 'keys'), join(folder, 'older'), { recursive: true });
    office = await openOffice(folder);
    await erasedBeforeStart(id);
    await again({ keys: 'older' });
    expect(await office.keys.keyOf(id)).toBe('erased');
    expect(await held(id)).toBe('erased');
  });

  it('stays forgotten when an older log and older keys are put back, once the erasures are carried over', async () => {
    const other = idOf(await register());
    await office.close();
    const backup = mkdtempSync(join(tmpdir(), 'gongkai-backup-'));
    cpSync(folder, backup, { recursive: true });
    office = await openOffice(folder);
    await erasedBeforeStart(id);
    const { events: erasures } = await office.stored.readAll({ after: 0, limit: 100, types: [subjectErasedType] });
    expect(erasures.map(({ data }) => data['subject'])).toEqual([id]);
    await office.close();

    rmSync(folder, { recursive: true });
    folder = backup;
    office = await openOffice(folder);
    expect(await held(id)).toBe('held');
    await office.close();
    // Nobody runs during a restore: an office would carry them out as soon as it meets them.
    const { stored, keys, close } = await openStores(folder);
    expect(await reappendErasures(stored, erasures)).toEqual([id]);
    expect(await reappendErasures(stored, erasures)).toEqual([]);
    expect(await applyErasures(stored, keys)).toEqual([id]);
    expect(await applyErasures(stored, keys)).toEqual([]);
    const [fact] = await stored.readStream(`requests.subject-${id}`);
    expect(fact).toMatchObject({ data: erasures[0]!.data, metadata: erasures[0]!.metadata });
    await close();
    office = await openOffice(folder);
    expect(await Promise.all([held(id), held(other)])).toEqual(['erased', 'held']);
  });

  it('whose key is missing without an erasure is not called erased', async () => {
    await again({ keys: 'another-machine' });
    expect(await held(id)).toBe('unreadable');
    expect(await shown(id)).toMatchObject({ refused: 'unready', name: 'key-missing' });
  });
});

const binary = process.env['GONGKAI_NATS_SERVER'] ?? 'nats-server';
const there = spawnSync(binary, ['--version']).status === 0;
const required = process.env['GONGKAI_TEST_SERVERS'] === 'required';
const title = there || required ? '' : ' [skipped: no nats-server on PATH or in GONGKAI_NATS_SERVER]';

(there || required ? describe : describe.skip)(`On the bus [on nats-server]${title}`, () => {
  let server: ChildProcess;
  const nats = { servers: '' };
  beforeAll(async () => {
    const probe = createServer();
    await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as { port: number };
    await new Promise(resolve => probe.close(resolve));
    nats.servers = `nats://127.0.0.1:${port}`;
    server = spawn(binary, ['--addr', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
    while ((await natsVersion(nats)) === null) await new Promise(resolve => setTimeout(resolve, 50));
  });
  afterAll(() => void server.kill());

  it('no applicant passes in plain text, neither asked nor answered', async () => {
    const spy = await connect({ servers: nats.servers });
    const overheard: Buffer[] = [];
    spy.subscribe('>', {
      callback: (_, message) => void overheard.push(Buffer.from(message.subject), Buffer.from(message.data)),
    });
    await spy.flush();
    await again({ bus: { server: natsServerOptions(nats, 'requests'), client: natsClient(nats, 'spec') } });
    const first = await register({}, { commandId: 'c1' });
    expect(await register({}, { commandId: 'c1' })).toEqual(first);
    const id = idOf(first);
    expect(await shown(id)).toMatchObject({ ok: { applicant } });
    expect(await held(id)).toBe('held');
    await register({ applicant: { ...applicant, phone: 'x'.repeat(60) } });
    await spy.flush();
    const bytes = Buffer.concat(overheard);
    expect(bytes.includes('低保标准')).toBe(true);
    expect(bytes.toString()).toContain('"answerTo"');
    expect(traces.filter(trace => bytes.includes(trace))).toEqual([]);
    await spy.close();
  });
});
