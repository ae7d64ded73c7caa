import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { ask, done, headOf, type House, newFolder, postBytes, ready, startHouse, stop } from './house.js';

let house: House;
let folder: string;
let collected: string;
let submitted: string;
let head: number;

const record = {
  unit: 'jiuzai',
  title: '冬春救助工作通知',
  body: '正文',
  category: 'regulations',
  topic: '民政/救灾',
  content: 'policy',
  formedOn: '2026-01-05',
};
const request = { path: 'direct', form: 'letter', applicantType: 'natural-person', subject: '救灾资金分配情况' };
const { title: _title, ...untitled } = record;
const { subject: _subject, ...aboutNothing } = request;
/** 标题 in GBK, which is no UTF-8. */
const inGbk = new Blob(['{"title":"', new Uint8Array([0xb1, 0xea, 0xcc, 0xe2]), '"}']);
const used = { 'idempotency-key': 'used-before' };

beforeAll(async () => {
  folder = newFolder();
  house = await startHouse({ folder, args: ['--empty'] });
  await ready(house);
  await done(house, 'wang-lei', '/units', { id: 'jiuzai', name: '救灾处', kind: 'internal' });
  collected = await done(house, 'lin-fang', '/records', record);
  submitted = await done(house, 'lin-fang', '/records', record);
  await done(house, 'lin-fang', `/records/${submitted}/first-review`, {});
  await done(house, 'lin-fang', `/records/${submitted}/submission`, {});
  await ask(house, '/api/v1/records', { as: 'chen-jing', body: record, headers: used });
  head = await headOf(house);
});
afterAll(async () => {
  await stop(house);
});

/** Signed as the house signs, with whatever end. */
async function tokenUntil(end: string): Promise<string> {
  const key = readFileSync(join(folder, 'development-session.key'));
  return new SignJWT({ name: '陈静', roles: ['collector'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('chen-jing')
    .setIssuer('gongkai-development')
    .setAudience('gongkai')
    .setExpirationTime(end)
    .sign(key);
}

interface Mistake {
  what: string;
  status: number;
  name?: string;
  as?: string;
  path: string | (() => string);
  body: unknown;
  headers?: Record<string, string> | (() => Promise<Record<string, string>>);
}

const records = '/records';
const mistakes: Mistake[] = [
  { what: 'a field nobody knows', status: 422, as: 'chen-jing', path: records, body: { ...record, colour: 'red' } },
  { what: 'a number for a title', status: 422, as: 'chen-jing', path: records, body: { ...record, title: 7 } },
  { what: 'a list for a body', status: 422, as: 'chen-jing', path: records, body: [record] },
  { what: 'a record without a title', status: 422, as: 'chen-jing', path: records, body: untitled },
  { what: 'a request about nothing', status: 422, as: 'sun-hui', path: '/requests', body: aboutNothing },
  {
    what: 'a class that is none of the five',
    status: 422,
    as: 'chen-jing',
    path: records,
    body: { ...record, category: 'gossip' },
  },
  {
    what: 'a day that is still to come',
    status: 422,
    name: 'occurred-in-future',
    as: 'lin-fang',
    path: records,
    body: { ...record, occurredOn: '2199-01-01' },
  },
  {
    what: 'a date in Chinese characters',
    status: 422,
    as: 'chen-jing',
    path: records,
    body: { ...record, formedOn: '2026年1月5日' },
  },
  {
    what: 'a date with full-width punctuation',
    status: 422,
    as: 'chen-jing',
    path: records,
    body: { ...record, formedOn: '2026－01－05' },
  },
  { what: 'a day that does not exist', status: 422, as: 'chen-jing', path: records, body: { ...record, formedOn: '2026-02-30' } },
  {
    what: 'a past day without source and reason',
    status: 422,
    name: 'backdating-unexplained',
    as: 'lin-fang',
    path: records,
    body: { ...record, occurredOn: '2026-01-06' },
  },
  {
    what: 'a past day by one who may not',
    status: 403,
    name: 'backdating-not-allowed',
    as: 'chen-jing',
    path: records,
    body: { ...record, occurredOn: '2026-01-06', source: '台账', reason: '漏登' },
  },
  { what: 'publication before approval', status: 409, as: 'wang-lei', path: () => `/records/${collected}/publication`, body: {} },
  {
    what: 'secrecy review of one’s own record',
    status: 409,
    name: 'own-secrecy-review',
    as: 'lin-fang',
    path: () => `/records/${submitted}/secrecy-review`,
    body: {},
  },
  { what: 'a record that is not there', status: 404, as: 'wang-lei', path: '/records/nowhere/publication', body: {} },
  { what: 'no token', status: 401, path: records, body: record },
  {
    what: 'a token of one’s own making',
    status: 401,
    path: records,
    body: record,
    headers: { authorization: 'Bearer abc.def.ghi' },
  },
  {
    what: 'an expired token',
    status: 401,
    path: records,
    body: record,
    headers: async () => ({ authorization: `Bearer ${await tokenUntil('-1 minute')}` }),
  },
  {
    what: 'a role that may not',
    status: 403,
    name: 'role-missing',
    as: 'chen-jing',
    path: () => `/records/${submitted}/secrecy-review`,
    body: {},
  },
  {
    what: 'the same Idempotency-Key for another record',
    status: 422,
    name: 'idempotency-key-reused',
    as: 'chen-jing',
    path: records,
    body: { ...record, title: '另一份' },
    headers: used,
  },
  {
    what: 'an Idempotency-Key of blanks',
    status: 400,
    as: 'chen-jing',
    path: records,
    body: record,
    headers: { 'idempotency-key': 'a b' },
  },
  { what: 'broken JSON', status: 400, as: 'chen-jing', path: records, body: '{"unit": ' },
  { what: 'JSON in GBK', status: 400, name: 'body-not-utf8', as: 'chen-jing', path: records, body: inGbk },
  {
    what: 'JSON said to be in GBK',
    status: 415,
    name: 'charset-unsupported',
    as: 'chen-jing',
    path: records,
    body: record,
    headers: { 'content-type': 'application/json; charset=gbk' },
  },
  {
    what: 'JSON said to be compressed',
    status: 415,
    name: 'content-encoding-unsupported',
    as: 'chen-jing',
    path: records,
    body: record,
    headers: { 'content-encoding': 'gzip' },
  },
  {
    what: 'a form instead of JSON',
    status: 415,
    as: 'chen-jing',
    path: records,
    body: 'unit=jiuzai',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  {
    what: 'a revision that has been overtaken',
    status: 412,
    name: 'revision-stale',
    as: 'lin-fang',
    path: () => `/records/${submitted}/return`,
    body: { why: '重写' },
    headers: { 'if-match': '"0"' },
  },
  {
    what: 'an identity number in a request',
    status: 422,
    as: 'sun-hui',
    path: '/requests',
    body: { ...request, subject: '身份证 510101199001011234 的低保情况' },
  },
  {
    what: 'a telephone number in a request',
    status: 422,
    as: 'sun-hui',
    path: '/requests',
    body: { ...request, subject: '请回电 13800138000' },
  },
  { what: 'an address that is not there', status: 404, as: 'chen-jing', path: '/recordz', body: {} },
];

describe('What is entered wrongly', () => {
  it.each(mistakes)(
    '$what is answered with $status, said in Chinese and English, and changes nothing',
    async ({ status, name, as, path, body, headers }) => {
      const answer = await ask(house, `/api/v1${typeof path === 'string' ? path : path()}`, {
        ...(as === undefined ? {} : { as }),
        body,
        headers: typeof headers === 'function' ? await headers() : (headers ?? {}),
      });
      expect({ status: answer.status, type: answer.type }).toEqual({
        status,
        type: expect.stringContaining('application/problem+json'),
      });
      expect(answer.body).toMatchObject({
        type: expect.stringMatching(/^\/problems\/./),
        title: expect.any(String),
        status,
        detail: expect.stringMatching(/\p{Script=Han}/u),
        en: expect.stringMatching(/[a-z]/),
      });
      if (name !== undefined) expect(answer.body['title']).toBe(name);
      expect(await headOf(house)).toBe(head);
    },
  );

  it.each([
    ['/none', 'text/html'],
    ['/records/none/x', 'text/html'],
    ['/api/none', 'application/problem+json'],
    ['/api/v1/none', 'application/problem+json'],
    ['/health/none', 'application/problem+json'],
    ['/metrics/none', 'application/problem+json'],
  ])('%s, which is not there, is told as %s', async (path, type) => {
    const answer = await fetch(house.address + path);
    expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({
      status: 404,
      type: expect.stringContaining(type),
    });
    expect(await answer.text()).toMatch(/没有这个(页面|地址)/);
  });

  it('fifty megabytes are refused before they are read', async () => {
    const token = (await ask<{ token: string }>(house, '/api/v1/dev/session', { body: { person: 'chen-jing' } })).body.token;
    const answer = await postBytes(house.address, '/api/v1/records', token, 50 * 1024 * 1024);
    expect({ status: answer.status, type: answer.type }).toEqual({
      status: 413,
      type: expect.stringContaining('application/problem+json'),
    });
    expect(await headOf(house)).toBe(head);
  });
});
