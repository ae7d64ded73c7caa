import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ProjectionStatus } from '#projections';
import { ask, done, freePort, type House, loadedYear, loading, newFolder, ready, reportOf, start, stop, until } from './house.js';
import { onNats, startNats } from './servers.js';
import { childOf, whatBecomesOfTheDayBetweenProcesses } from './told.js';

onNats('The house as five processes', () => {
  let nats: ChildProcess;
  let natsPort: number;
  let house: House;
  const folder = newFolder();

  beforeAll(async () => {
    natsPort = await freePort();
    const port = await freePort();
    const started = start('services', { folder, args: ['--nats', `nats://127.0.0.1:${natsPort}`], env: { PORT: String(port) } });
    house = { ...started, address: `http://127.0.0.1:${port}` };
    await until(30_000, house, async () => house.said().includes('尚未连上') || undefined);
    const waiting = await until(30_000, house, async () => fetch(`${house.address}/health/ready`).catch(() => undefined));
    expect(waiting.status).toBe(503);
    nats = startNats(natsPort);
    await ready(house);
  }, loading);
  afterAll(async () => {
    if (house) await stop(house);
    nats?.kill();
  });

  it(
    'tells the same year as one process does',
    async () => {
      const { report } = await loadedYear();
      expect((await reportOf(house, 2013)).digest).toBe(report.digest);
    },
    loading,
  );

  it('answers an operator for every room, and each rebuilds what is its own', async () => {
    const look = () => ask<{ items: ProjectionStatus[] }>(house, '/api/v1/operations/projections', { as: 'wu-gang' });
    const names = (await look()).body.items.map(({ projection }) => projection);
    expect(names).toEqual(['records', 'channels', 'requests', 'annual-report', 'report-cases']);
    for (const name of names) await done(house, 'wu-gang', `/operations/projections/${name}/rebuild`, { reason: '年度演练' });
    const rebuilt = await until(60_000, house, async () => {
      const { items } = (await look()).body;
      return items.every(({ active }) => active === 2) ? items : undefined;
    });
    for (const { generations } of rebuilt) expect(generations.at(-1)).toMatchObject({ verification: { passed: true } });
  });

  whatBecomesOfTheDayBetweenProcesses(
    () => house,
    () => ({ natsPort, folder }),
  );

  it('stops as a whole, with nothing left behind', async () => {
    const pid = house.process.pid!;
    expect(await stop(house, 'SIGINT')).toBe(0);
    expect(() => childOf(pid, 'apps/')).toThrow();
  });
});
