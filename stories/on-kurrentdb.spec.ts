import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AnnualReport } from '#contracts';
import { type EventStore, openEventStore, verifyLog } from '#event-store';
import { adoptFolder } from '#platform';
import { type FakeKurrentDbProcess, startFakeKurrentDbProcess } from '#testing';
import {
  ask,
  freePort,
  type House,
  loadedYear,
  loading,
  newFolder,
  ready,
  reportOf,
  type Started,
  start,
  stop,
  until,
} from './house.js';
import { onNats, startNats } from './servers.js';
import { aRecordOf2013ThatTurnsUpLater, childOf, theFiguresOf2013, whatBecomesOfTheDayBetweenProcesses } from './told.js';

/** Five processes, NATS and an event store on a server share the machine with whatever else is tested. */
const patience = 3 * loading;
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** A server for one house. What the test may do to it is there only where the test started it. */
interface Server {
  url: string;
  ours?: FakeKurrentDbProcess;
}

theHouseOn('KurrentDB, a fake server in a process of its own', async () => {
  const ours = await startFakeKurrentDbProcess();
  return { url: ours.url, ours };
});
const real = process.env['KURRENTDB_URL'];
if (real) theHouseOn('KurrentDB, a real server [on KURRENTDB_URL]', async () => ({ url: real }));

function theHouseOn(name: string, server: () => Promise<Server>): void {
  onNats(`The house as five processes on ${name}`, () => {
    let { url, ours }: Partial<Server> = {};
    let nats: ChildProcess | undefined;
    let natsPort: number;
    let house: House;
    let folder: string;
    let report: AnnualReport;

    async function startServices(): Promise<House> {
      const port = await freePort();
      const args = ['--nats', `nats://127.0.0.1:${natsPort}`, '--events', url!];
      return { ...start('services', { folder, args, env: { PORT: String(port) } }), address: `http://127.0.0.1:${port}` };
    }
    async function ops(...args: string[]): Promise<{ code: number | null; said: string }> {
      const run = start('ops', { folder, args, env: { GONGKAI_EVENTS: url! } });
      return { code: await run.exited, said: run.said() };
    }
    async function withStore<T>(at: { url?: string; file?: string }, use: (store: EventStore) => Promise<T>): Promise<T> {
      const store = await openEventStore({ file: '', ...at });
      try {
        return await use(store);
      } finally {
        await store.close();
      }
    }
    const percent = (started: Started, reached: number) =>
      until(patience, started, async () => new RegExp(`\\(${reached}%\\)`).exec(started.said())?.[0]);

    beforeAll(async () => {
      ({ url, ours } = await server());
      natsPort = await freePort();
      nats = startNats(natsPort);
      folder = newFolder();
      if (!ours) {
        const there = await withStore({ url }, store => store.readStream('catalogue.unit-jiuzai'));
        if (there.length > 0)
          throw new Error('The server at KURRENTDB_URL holds an example year already; this story needs a server without one.');
        // What other suites may have stored there is none of the house's.
        adoptFolder(folder, { holds: 'example', loaded: false, authority: '四川省民政厅（示例）' });
      }
    }, patience);
    afterAll(async () => {
      if (house) await stop(house);
      nats?.kill();
      await ours?.close();
    }, patience);

    it(
      'waits for its event store, not ready until then, and tells the same year as one process on files does, to the digest',
      async () => {
        await ours?.tell('stop');
        house = await startServices();
        if (ours) {
          await until(60_000, house, async () => house.said().includes('事件库尚未连上') || undefined);
          const waiting = await until(60_000, house, async () => fetch(`${house.address}/health/ready`).catch(() => undefined));
          expect(waiting.status).toBe(503);
          await ours.tell('start');
        }
        await percent(house, 10);
        if (ours) {
          // Hung, longer than any call has time; then killed, and started again. Nobody else does anything.
          ours.signal('SIGSTOP');
          await pause(8_000);
          ours.signal('SIGCONT');
          await percent(house, 20);
          await ours.tell('stop');
          await pause(3_000);
          await ours.tell('start');
        }
        await percent(house, 50);
        // A power cut of the house.
        await stop(house, 'SIGKILL');
        house = await startServices();
        await ready(house, patience);
        report = await reportOf(house, 2013);
        expect(report.digest).toBe((await loadedYear()).report.digest);
      },
      2 * patience,
    );

    it('holds every event once, in chains that verify, in the streams that the year has on files too', async () => {
      const year = await loadedYear();
      const streamsOf = (at: { url?: string; file?: string }) =>
        withStore(at, async store => {
          const heads: string[] = [];
          for await (const { stream, revision } of store.streamHeads(await store.head())) heads.push(`${stream} ${revision}`);
          return heads.filter(head => !/^catalogue\.record-[0-9a-f]{12}-\d+-/.test(head));
        });
      expect(await streamsOf({ url: url! })).toEqual(await streamsOf({ file: join(year.folder, 'events.db') }));
      if (ours) expect(await withStore({ url: url! }, store => verifyLog(store))).toMatchObject({ ok: true, found: 0 });
    });

    describe('the year 2013', () => theFiguresOf2013(() => report));

    it('answers its operators’ commands as on files', async () => {
      const status = JSON.parse((await ops('status', '--json')).said) as { events: string; views: { lag: number }[] };
      expect(status.events).toMatch(/^kurrentdb:\/\//);
      expect(status.views.map(view => view.lag)).toEqual(status.views.map(() => 0));
      expect(JSON.parse((await ops('report', '2013', '--json')).said)).toMatchObject({ digest: report.digest });
      expect(await ops('verify', 'report', '2013')).toMatchObject({ code: 0, said: expect.stringContaining('一致') });
      const rebuilt = await ops('rebuild', 'report-cases', '--json');
      expect(rebuilt.code).toBe(0);
      const restored = await ops('store', 'restore', newFolder());
      expect(restored.code).toBe(1);
      const backup = join(newFolder(), 'backup');
      expect(await ops('store', 'backup', backup)).toMatchObject({ code: 0, said: expect.stringContaining('不含事件') });
      const unrestored = await ops('store', 'restore', backup);
      expect(unrestored).toMatchObject({ code: 1, said: expect.stringMatching(/^[^\n]*停止服务[^\n]* \/ [^\n]+\.\n$/) });
    });

    whatBecomesOfTheDayBetweenProcesses(
      () => house,
      () => ({ natsPort, folder, env: { GONGKAI_EVENTS: url! } }),
    );

    aRecordOf2013ThatTurnsUpLater(
      () => house,
      () => report,
    );

    it('while its event store is away: not ready, readable, every command answered 503 and never lost or repeated', async () => {
      if (!ours) return;
      const key = { 'idempotency-key': 'during-an-outage' };
      const body = {
        unit: 'jiuzai',
        title: '断电时采集',
        body: '正文',
        category: 'news',
        topic: '综合政务/其他',
        content: 'activities',
        formedOn: '2026-01-05',
      };
      await ours.tell('stop');
      await until(60_000, house, async () => ((await fetch(`${house.address}/health/ready`)).status === 503 ? true : undefined));
      const refused = await ask(house, '/api/v1/records', { as: 'lin-fang', body, headers: key });
      expect(refused).toMatchObject({ status: 503, type: expect.stringContaining('problem+json') });
      expect((await ask(house, '/reports/2013')).status).toBe(200);
      await ours.tell('start');
      await ready(house, 120_000);
      const accepted = await ask(house, '/api/v1/records', { as: 'lin-fang', body, headers: key });
      const again = await ask(house, '/api/v1/records', { as: 'lin-fang', body, headers: key });
      expect([accepted.status, again.status]).toEqual([201, 201]);
      expect(again.body).toEqual(accepted.body);
    });

    it('its log can be exported and imported into files, where it tells the same', async () => {
      if (!ours) return;
      const file = join(newFolder(), 'log.jsonl');
      expect(await ops('store', 'export', file)).toMatchObject({ code: 0 });
      const elsewhere = newFolder();
      const imported = start('ops', { folder: elsewhere, args: ['store', 'import', file, '--json'] });
      expect({ code: await imported.exited, said: imported.said() }).toMatchObject({ code: 0 });
      const there = await reportOf(house, 2013);
      const told = start('ops', { folder: elsewhere, args: ['report', '2013', '--json'] });
      expect(await told.exited).toBe(0);
      expect((JSON.parse(told.said()) as AnnualReport).digest).toBe(there.digest);
      expect(readFileSync(file, 'utf8').split('\n').length).toBeGreaterThan(7_000);
    });

    it('stops as a whole, with nothing left behind', async () => {
      const pid = house.process.pid!;
      expect(await stop(house, 'SIGINT')).toBe(0);
      expect(() => childOf(pid, 'apps/')).toThrow();
    });
  });
}
