import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeKurrentDb, startFakeKurrentDb } from '#testing';

let fake: FakeKurrentDb;
let folder: string;
beforeEach(async () => {
  fake = await startFakeKurrentDb();
  folder = mkdtempSync(join(tmpdir(), 'gongkai-kurrent-'));
});
afterEach(async () => {
  await fake.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A process of its own: how it ended, what it said, and how long it took. */
async function run(program: string, ...args: string[]): Promise<{ code: number | null; said: string; ms: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const out of [child.stdout, child.stderr]) out.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const code = await new Promise<number | null>(resolve => child.on('close', resolve));
  return { code, said, ms: performance.now() - began };
}

const event = `{ id: 'e-1', type: 'Noted', version: 1, data: {}, metadata: { commandDigest: 'd' } }`;
/** The client, or the native library it brings, is not there for this platform. */
const without = `
  const { register } = await import('node:module');
  const hook = "export async function resolve(name, context, next) {" +
    " if (name.startsWith('@kurrent/')) throw new Error('Cannot find module index.node'); return next(name, context); }";
  register('data:text/javascript,' + encodeURIComponent(hook));
`;

describe('A process on KurrentDB, on a fake server', () => {
  it('5.1b.s ends by itself once its store is closed, at the latest with the deadline of what was under way', async () => {
    const program = `
      const { openEventStore } = await import('#event-store');
      const store = await openEventStore({ url: process.argv[1], file: '', deadlineMs: 2_000 });
      const { position } = await store.append('catalogue.record-1', [${event}], 'none');
      const waiting = store.wait(position, new AbortController().signal);
      await new Promise(resolve => setTimeout(resolve, 200));
      const hanging = store.append('catalogue.record-2', [${event}], 'none').catch(error => error.name);
      await new Promise(resolve => setTimeout(resolve, 200));
      await store.close();
      await waiting;
      console.log(await hanging, await store.head().catch(error => error.name));
    `;
    fake.faults.nextAppend({ stored: false, then: 'silence', stream: 'catalogue.record-2' });
    const { code, said, ms } = await run(program, fake.url);
    expect({ code, said }).toEqual({ code: 0, said: 'InDoubt StoreUnavailable\n' });
    expect(ms).toBeLessThan(30_000);
  });

  it('5.1.23 the client is loaded for a KurrentDB address only: without it SQLite works, and KurrentDB says why not', async () => {
    const program = `
      ${without}
      const { openEventStore } = await import('#event-store');
      const store = await openEventStore({ file: process.argv[2] });
      await store.append('catalogue.record-1', [${event}], 'none');
      await store.close();
      await openEventStore({ url: process.argv[1], file: '' }).catch(error => console.log(error.name, error.message));
    `;
    const { code, said } = await run(program, fake.url, join(folder, 'events.db'));
    expect(code).toBe(0);
    expect(said).toMatch(/^StoreUnusable KurrentDB [^\n]*npm ci[^\n]* \/ [^\n]*npm ci[^\n]*\.\n$/);
  });

  it('a server that is not there is told in one sentence, without the password, after a bounded wait', async () => {
    const program = `
      const { openKurrentEventStore } = await import(process.argv[2]);
      await openKurrentEventStore(process.argv[1], { reachableWithinMs: 12_000 }).catch(error => console.log(error.name, error.message));
    `;
    await fake.stop();
    const url = fake.url.replace('//', '//officer:secret@');
    const { code, said, ms } = await run(program, url, new URL('./kurrent-store.js', import.meta.url).href);
    expect(code).toBe(0);
    expect(said).toMatch(
      /^StoreUnusable KurrentDB（kurrentdb:\/\/127\.0\.0\.1:\d+\?tls=false）[^\n]* \/ [^\n]*within 12 s \([^\n]*ECONNREFUSED[^\n]*\)\.\n$/,
    );
    expect(said).not.toContain('secret');
    expect(ms).toBeLessThan(40_000);
  });
});
