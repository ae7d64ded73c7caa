import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { filesHolding, tracesOf } from '#privacy';
import { ask, done, freePort, type House, loadedYear, loading, newFolder, ready, reportOf, start, stop, until } from './house.js';

const required = process.env['GONGKAI_TEST_SERVERS'] === 'required';
const binary = process.env['GONGKAI_NATS_SERVER'] || 'nats-server';
const missing = whyMissing();
const run = missing === undefined || required ? describe : describe.skip;

function whyMissing(): string | undefined {
  try {
    execFileSync(binary, ['--version']);
    return undefined;
  } catch {
    return 'no nats-server: neither GONGKAI_NATS_SERVER nor PATH has one';
  }
}

run(`The house as five processes [on nats-server]${missing === undefined ? '' : ` [skipped: ${missing}]`}`, () => {
  let nats: ChildProcess;
  let natsPort: number;
  let house: House;
  const folder = newFolder();

  beforeAll(async () => {
    if (missing !== undefined) throw new Error(missing);
    natsPort = await freePort();
    const port = await freePort();
    const started = start('services', { folder, args: ['--nats', `nats://127.0.0.1:${natsPort}`], env: { PORT: String(port) } });
    house = { ...started, address: `http://127.0.0.1:${port}` };
    await until(30_000, house, async () => house.said().includes('尚未连上') || undefined);
    const waiting = await until(30_000, house, async () => fetch(`${house.address}/health/ready`).catch(() => undefined));
    expect(waiting.status).toBe(503);
    nats = spawn(binary, ['-a', '127.0.0.1', '-p', String(natsPort)], { stdio: 'ignore' });
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

  it('queues every delivery although the channels die between the publication and it', async () => {
    const id = await done(house, 'lin-fang', '/records', {
      unit: 'jiuzai',
      title: '送达前停电',
      body: '正文',
      category: 'news',
      topic: '综合政务/其他',
      content: 'activities',
      formedOn: '2026-01-05',
    });
    for (const step of ['first-review', 'submission']) await done(house, 'lin-fang', `/records/${id}/${step}`, {});
    await done(house, 'zhao-min', `/records/${id}/secrecy-review`, {});
    await done(house, 'wang-lei', `/records/${id}/approval`, {});
    // Frozen, it cannot take notice of the publication; killed, it never will: only its next life can.
    const channels = childOf(house.process.pid!, 'apps/channels');
    process.kill(channels, 'SIGSTOP');
    await done(house, 'wang-lei', `/records/${id}/publication`, {});
    process.kill(channels, 'SIGKILL');
    const delivery = await until(30_000, house, async () => {
      const answer = await ask(house, `/api/v1/deliveries/${id}.provincial-portal`, { as: 'wang-lei' }).catch(() => undefined);
      return answer?.status === 200 ? answer.body : undefined;
    });
    expect(delivery['status']).toBe('queued');
    expect(childOf(house.process.pid!, 'apps/channels')).not.toBe(channels);
  }, 60_000);

  it('takes an applicant in, shows it to the officer and forgets it again, through a gateway that holds no key; on the bus it is never seen', async () => {
    const applicant = { name: '欧阳示例', phone: '13800138000', certificate: '居民身份证 510101199001011234' };
    const told = newFolder();
    const bus = await everythingOn(natsPort, join(told, 'bus'));
    const request = { path: 'direct', form: 'letter', applicantType: 'natural-person', subject: '低保标准' };
    const id = await done(house, 'sun-hui', '/requests', { ...request, applicant });
    const again = await done(house, 'sun-hui', '/requests', { ...request, applicant, dataSubject: id });
    const wrong = await ask(house, '/api/v1/requests', { as: 'sun-hui', body: { ...request, applicant, form: applicant.name } });
    expect(wrong.status).toBe(422);
    const shown = await ask(house, `/api/v1/requests/${again}/applicant`, { as: 'sun-hui' });
    expect(shown).toMatchObject({ status: 200, body: { applicant } });
    expect(shown.headers.get('cache-control')).toBe('no-store');

    const ops = start('ops', { folder, args: ['privacy', 'erase', id, '--reason', '本人书面请求'] });
    expect(await ops.exited).toBe(0);
    const forgotten = await ask(house, `/api/v1/requests/${again}/applicant`, { as: 'sun-hui' });
    expect(forgotten).toMatchObject({ status: 200, body: { applicant: { erased: true } } });

    await bus.close();
    writeFileSync(join(told, 'processes.log'), house.said() + ops.said());
    // What is not personal was heard: the ear was open.
    for (const heard of ['低保标准', 'requests.request.register', again])
      expect(filesHolding(tracesOf([heard]), told)).toContain(join(told, 'bus'));
    expect(filesHolding(tracesOf(Object.values(applicant)), told, folder)).toEqual([]);
  }, 60_000);

  it('stops as a whole, with nothing left behind', async () => {
    const pid = house.process.pid!;
    expect(await stop(house, 'SIGINT')).toBe(0);
    expect(() => childOf(pid, 'apps/')).toThrow();
  });
});

/** Process id of the child whose command line holds `path`. Linux only, as is the server these stories run on. */
function childOf(parent: number, path: string): number {
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const ppid = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
      if (ppid === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path)) return Number(pid);
    } catch {
      // It ended while we looked.
    }
  }
  throw new Error(`No child of ${parent} runs ${path}`);
}

/** Every byte that anybody sends over the server from here on, subjects and headers too. */
async function everythingOn(port: number, file: string): Promise<{ close(): Promise<void> }> {
  const connection = await connect({ servers: `127.0.0.1:${port}` });
  const all = connection.subscribe('>');
  const writing = (async () => {
    for await (const { subject, reply = '', headers, data } of all) {
      appendFileSync(file, `${subject} ${reply} ${headers ? JSON.stringify([...headers]) : ''}\n`);
      appendFileSync(file, data);
    }
  })();
  await connection.flush();
  return {
    async close() {
      await connection.drain();
      await writing;
    },
  };
}
