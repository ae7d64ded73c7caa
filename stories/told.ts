import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import type { AnnualReport } from '#contracts';
import { exampleFolder } from '#example';
import { filesHolding, tracesOf } from '#privacy';
import { ask, done, type House, newFolder, reportOf, start, until } from './house.js';

/*
 * What is told of every house, whatever it stands on: one process or five, files or servers. The same text each time.
 */

interface Expected {
  figures: { key: string; value: number; unit: string; kind: string; qualifier?: string; display?: string }[];
}

const expected = JSON.parse(readFileSync(join(exampleFolder(), 'expected-2013.json'), 'utf8')) as Expected;

const valueIn = (report: AnnualReport, key: string) => report.figures.find(figure => figure.key === key)?.value;

export function theFiguresOf2013(told: () => AnnualReport): void {
  it('shows exactly the figures that the department published', () => {
    expect(
      told()
        .figures.map(figure => figure.key)
        .sort(),
    ).toEqual(expected.figures.map(figure => figure.key).sort());
  });

  it.each(expected.figures)('$key is $value $unit', ({ key, value, unit, kind, qualifier, display }) => {
    const figure = told().figures.find(one => one.key === key)!;
    expect({ value: figure.value, unit: figure.unit, kind: figure.kind, qualifier: figure.qualifier }).toEqual({
      value,
      unit,
      kind,
      qualifier,
    });
    if (display !== undefined) expect(figure.display).toBe(display);
  });
}

/** `before`: the report of 2013 as it was. */
export function aRecordOf2013ThatTurnsUpLater(house: () => House, before: () => AnnualReport): void {
  const late = { occurredOn: '2013-06-14', source: '纸质台账第 12 页', reason: '整理档案时发现漏登' };

  async function publish(title: string): Promise<string> {
    const id = await done(house(), 'lin-fang', '/records', {
      unit: 'jiuzai',
      title,
      body: '正文',
      category: 'plans',
      topic: '综合政务/其他',
      content: 'policy',
      formedOn: '2013-06-13',
      ...late,
    });
    await done(house(), 'lin-fang', `/records/${id}/first-review`, late);
    await done(house(), 'lin-fang', `/records/${id}/submission`, late);
    await done(house(), 'example-officer', `/records/${id}/secrecy-review`, late);
    await done(house(), 'lin-fang', `/records/${id}/approval`, late);
    await done(house(), 'lin-fang', `/records/${id}/publication`, late);
    return id;
  }

  it('moves the total, its class and the running total by one, and the digest with them; withdrawn in 2013 it moves them back', async () => {
    const id = await publish('补登的工作计划');
    const more = await reportOf(house(), 2013);
    const moved = ['proactive.cumulative', 'proactive.total', 'proactive.byCategory.plans'];
    for (const { key, value } of before().figures)
      expect([key, valueIn(more, key)]).toEqual([key, moved.includes(key) ? value + 1 : value]);
    expect(more.digest).not.toBe(before().digest);

    await done(house(), 'lin-fang', `/records/${id}/withdrawal`, { ...late, occurredOn: '2013-09-02', why: '内容有误' });
    const back = await reportOf(house(), 2013);
    expect(back.figures).toEqual(before().figures);
    expect((await ask(house(), `/api/v1/public-records/${id}`)).status).toBe(410);
  });

  it('stays in the report of 2013 when it is withdrawn after the year', async () => {
    const id = await publish('次年撤回的工作计划');
    await done(house(), 'lin-fang', `/records/${id}/withdrawal`, { ...late, occurredOn: '2014-02-10', why: '已由新文件替代' });
    expect(valueIn(await reportOf(house(), 2013), 'proactive.total')).toBe(521);
  });
}

/** What five processes stand on. */
export interface Ground {
  natsPort: number;
  folder: string;
  /** Where the stores are, for operators' commands. */
  env?: Record<string, string>;
}

/** Of five processes. */
export function whatBecomesOfTheDayBetweenProcesses(house: () => House, ground: () => Ground): void {
  it('queues every delivery although the channels die between the publication and it', async () => {
    const id = await done(house(), 'lin-fang', '/records', {
      unit: 'jiuzai',
      title: '送达前停电',
      body: '正文',
      category: 'news',
      topic: '综合政务/其他',
      content: 'activities',
      formedOn: '2026-01-05',
    });
    for (const step of ['first-review', 'submission']) await done(house(), 'lin-fang', `/records/${id}/${step}`, {});
    await done(house(), 'zhao-min', `/records/${id}/secrecy-review`, {});
    await done(house(), 'wang-lei', `/records/${id}/approval`, {});
    // Frozen, it cannot take notice of the publication; killed, it never will: only its next life can.
    const channels = childOf(house().process.pid!, 'apps/channels');
    process.kill(channels, 'SIGSTOP');
    await done(house(), 'wang-lei', `/records/${id}/publication`, {});
    process.kill(channels, 'SIGKILL');
    const delivery = await until(30_000, house(), async () => {
      const answer = await ask(house(), `/api/v1/deliveries/${id}.provincial-portal`, { as: 'wang-lei' }).catch(() => undefined);
      return answer?.status === 200 ? answer.body : undefined;
    });
    expect(delivery['status']).toBe('queued');
    expect(childOf(house().process.pid!, 'apps/channels')).not.toBe(channels);
  });

  it('takes an applicant in, shows it to the officer and forgets it again, through a gateway that holds no key; on the bus it is never seen', async () => {
    const applicant = { name: '欧阳示例', phone: '13800138000', certificate: '居民身份证 510101199001011234' };
    const { natsPort, folder, env = {} } = ground();
    const told = newFolder();
    const bus = await everythingOn(natsPort, join(told, 'bus'));
    const request = { path: 'direct', form: 'letter', applicantType: 'natural-person', subject: '低保标准' };
    const id = await done(house(), 'sun-hui', '/requests', { ...request, applicant });
    const again = await done(house(), 'sun-hui', '/requests', { ...request, applicant, dataSubject: id });
    const wrong = await ask(house(), '/api/v1/requests', {
      as: 'sun-hui',
      body: { ...request, applicant, form: applicant.name },
    });
    expect(wrong.status).toBe(422);
    const shown = await ask(house(), `/api/v1/requests/${again}/applicant`, { as: 'sun-hui' });
    expect(shown).toMatchObject({ status: 200, body: { applicant } });
    expect(shown.headers.get('cache-control')).toBe('no-store');

    const ops = async (...args: string[]) => {
      const run = start('ops', { folder, args, env });
      return { code: await run.exited, said: run.said() };
    };
    const erased = await ops('privacy', 'erase', id, '--reason', '本人书面请求');
    expect(erased).toMatchObject({ code: 0 });
    const forgotten = await ask(house(), `/api/v1/requests/${again}/applicant`, { as: 'sun-hui' });
    expect(forgotten).toMatchObject({ status: 200, body: { applicant: { erased: true } } });

    await bus.close();
    writeFileSync(join(told, 'processes.log'), house().said() + erased.said);
    expect(await ops('store', 'export', join(told, 'log.jsonl'))).toMatchObject({ code: 0 });
    // What is not personal was heard: the ear was open.
    for (const heard of ['低保标准', 'requests.request.register', again])
      expect(filesHolding(tracesOf([heard]), told)).toEqual(expect.arrayContaining([join(told, 'bus'), join(told, 'log.jsonl')]));
    expect(filesHolding(tracesOf(Object.values(applicant)), told, folder)).toEqual([]);
  });
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

/** Process id of the child whose command line holds `path`. Linux only, as are the servers these stories run on. */
export function childOf(parent: number, path: string): number {
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
