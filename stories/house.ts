import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnnualReport } from '#contracts';
import type { RoomStatus } from '#messaging';

/** A real process of the house, and what it has said. */
export interface Started {
  process: ChildProcess;
  said(): string;
  exited: Promise<number | null>;
}

export interface House extends Started {
  address: string;
}

export interface Answer<T = Record<string, unknown>> {
  status: number;
  type: string;
  body: T;
  headers: Headers;
}

const children = new Set<ChildProcess>();
// A story that fails leaves nothing running.
process.on('exit', () => children.forEach(child => child.kill('SIGKILL')));

const startWithinMs = 30_000;
const loadWithinMs = 180_000;
export const loading = loadWithinMs + startWithinMs;

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'gongkai-story-'));
}

export function copyOf(folder: string): string {
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** Starts `dist/apps/<app>/main.js`. */
export function start(
  app: string,
  { folder, args = [], env = {} }: { folder: string; args?: string[]; env?: Record<string, string> },
): Started {
  // The contract suites' server is none of a house's that does not ask for it.
  const { NODE_OPTIONS: _options, NODE_ENV: _env, MONGODB_URL: _url, ...inherited } = process.env;
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', fileURLToPath(new URL(`../apps/${app}/main.js`, import.meta.url)), ...args],
    {
      env: { ...inherited, PORT: '0', HOST: '127.0.0.1', GONGKAI_DATA: folder, LOG_LEVEL: 'error', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  children.add(child);
  child.on('close', () => children.delete(child));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', chunk => (said += chunk));
  const exited = new Promise<number | null>(resolve => child.on('close', code => resolve(code)));
  return { process: child, said: () => said, exited };
}

/** The whole house in one process, as soon as it says where it is. */
export async function startHouse(options: Parameters<typeof start>[1]): Promise<House> {
  const started = start('all-in-one', options);
  const address = await until(startWithinMs, started, async () => /http:\/\/[\w.:[\]]+(?=\/\s)/.exec(started.said())?.[0]);
  return { ...started, address };
}

/** @throws Error with what the process said, when it is not ready in time */
export async function ready({ address, ...started }: House, withinMs = loadWithinMs): Promise<void> {
  await until(withinMs, started, async () => {
    const answer = await fetch(`${address}/health/ready`).catch(() => undefined);
    await answer?.text();
    return answer?.status === 200 || undefined;
  });
}

export async function until<T>(
  withinMs: number,
  started: Pick<Started, 'process' | 'said'>,
  look: () => Promise<T | undefined>,
): Promise<T> {
  for (const end = Date.now() + withinMs; Date.now() < end;) {
    const found = await look();
    if (found !== undefined) return found;
    if (started.process.exitCode !== null) break;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`It did not come to that. The process said:\n${started.said().slice(-4000)}`);
}

export async function stop(started: Started, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  started.process.kill(signal);
  return started.exited;
}

/** One request to the API; `as` signs in through the development sign-in. */
export async function ask<T = Record<string, unknown>>(
  { address }: Pick<House, 'address'>,
  path: string,
  { as, body, headers = {} }: { as?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  const token = as === undefined ? {} : { authorization: `Bearer ${await tokenOf(address, as)}` };
  const sent =
    body === undefined
      ? {}
      : { method: 'POST', body: typeof body === 'string' || body instanceof Blob ? body : JSON.stringify(body) };
  const response = await fetch(`${address}${path}`, {
    ...sent,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...token, ...headers },
  });
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text();
  return {
    status: response.status,
    type,
    body: (type.includes('json') ? JSON.parse(text) : { text }) as T,
    headers: response.headers,
  };
}

const tokens = new Map<string, string>();

async function tokenOf(address: string, person: string): Promise<string> {
  const key = `${address} ${person}`;
  const known = tokens.get(key);
  if (known) return known;
  const answer = await ask<{ token: string }>({ address }, '/api/v1/dev/session', { body: { person } });
  tokens.set(key, answer.body.token);
  return answer.body.token;
}

/** A command that must be accepted; returns the id. */
export async function done(house: Pick<House, 'address'>, as: string, path: string, body: unknown): Promise<string> {
  const answer = await ask(house, `/api/v1${path}`, { as, body });
  if (answer.status !== 200 && answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body['id'] as string;
}

export async function reportOf(house: Pick<House, 'address'>, year: number): Promise<AnnualReport> {
  return (await ask<AnnualReport>(house, `/api/v1/reports/${year}`)).body;
}

export async function headOf(house: Pick<House, 'address'>): Promise<number> {
  const { rooms } = (await ask<{ rooms: RoomStatus[] }>(house, '/health/status')).body;
  return Math.max(...rooms.map(room => room.head ?? 0));
}

/** A body larger than any client library likes to send to a server that has stopped listening. */
export function postBytes(
  address: string,
  path: string,
  token: string,
  bytes: number,
): Promise<{ status: number; type: string; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${address}${path}`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': bytes },
      },
      response => {
        let body = '';
        response.setEncoding('utf8').on('data', chunk => (body += chunk));
        response.on('end', () => {
          // What it still sends would fail when the house stops, and by then nobody listens.
          sent.destroy();
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body });
        });
      },
    );
    // Once the answer is there, the server closes without reading the rest.
    sent.on('error', error => setTimeout(() => reject(error), 1_000));
    sent.end(Buffer.alloc(bytes, ' '));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

interface Year {
  folder: string;
  report: AnnualReport;
}

/** The example year, loaded once in a test run by whichever story asks first. Stories that change it take a copy. */
export async function loadedYear(): Promise<Year> {
  const shared = process.env['GONGKAI_STORIES'] ?? newFolder();
  const result = join(shared, 'year.json');
  mkdirSync(shared, { recursive: true });
  if (claimed(join(shared, 'claim'))) {
    const folder = join(shared, 'data');
    const house = await startHouse({ folder });
    await ready(house);
    const report = await reportOf(house, 2013);
    await stop(house);
    writeFileSync(`${result}.aside`, JSON.stringify({ folder, report }));
    renameSync(`${result}.aside`, result);
  }
  for (const end = Date.now() + loading; Date.now() < end;) {
    if (existsSync(result)) return JSON.parse(readFileSync(result, 'utf8')) as Year;
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  throw new Error('The example year was not loaded in time.');
}

function claimed(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
