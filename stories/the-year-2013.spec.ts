import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleFolder } from '#example';
import type { AnnualReport } from '#contracts';
import {
  ask,
  copyOf,
  done,
  headOf,
  type House,
  loadedYear,
  loading,
  newFolder,
  ready,
  reportOf,
  startHouse,
  stop,
  until,
} from './house.js';

interface Expected {
  figures: { key: string; value: number; unit: string; kind: string; qualifier?: string; display?: string }[];
}

const expected = JSON.parse(readFileSync(join(exampleFolder(), 'expected-2013.json'), 'utf8')) as Expected;
let year: Awaited<ReturnType<typeof loadedYear>>;

beforeAll(async () => {
  year = await loadedYear();
}, loading);

const valueIn = (report: AnnualReport, key: string) => report.figures.find(figure => figure.key === key)?.value;

describe('The year 2013, rebuilt from what the office did', () => {
  it('shows exactly the figures that the department published', () => {
    expect(year.report.figures.map(figure => figure.key).sort()).toEqual(expected.figures.map(figure => figure.key).sort());
  });

  it.each(expected.figures)('$key is $value $unit', ({ key, value, unit, kind, qualifier, display }) => {
    const figure = year.report.figures.find(one => one.key === key)!;
    expect({ value: figure.value, unit: figure.unit, kind: figure.kind, qualifier: figure.qualifier }).toEqual({
      value,
      unit,
      kind,
      qualifier,
    });
    if (display !== undefined) expect(figure.display).toBe(display);
  });
});

describe('A power cut while the example is being loaded', () => {
  it(
    'loses nothing and counts nothing twice: the report is the same, and another start loads nothing',
    async () => {
      const folder = newFolder();
      const cut = await startHouse({ folder });
      await until(loading, cut, async () => cut.said().includes('(50%)') || undefined);
      await stop(cut, 'SIGKILL');

      const again = await startHouse({ folder });
      await ready(again);
      expect((await reportOf(again, 2013)).digest).toBe(year.report.digest);
      const head = await headOf(again);
      expect(await stop(again)).toBe(0);

      const third = await startHouse({ folder });
      await ready(third);
      expect(third.said()).not.toContain('正在载入');
      expect(await headOf(third)).toBe(head);
      await stop(third, 'SIGINT');
    },
    2 * loading,
  );
});

describe('A record of 2013 that turns up later', () => {
  let house: House;
  beforeAll(async () => {
    house = await startHouse({ folder: copyOf(year.folder) });
    await ready(house);
  }, loading);
  afterAll(async () => {
    await stop(house);
  });

  const late = { occurredOn: '2013-06-14', source: '纸质台账第 12 页', reason: '整理档案时发现漏登' };

  async function publish(title: string): Promise<string> {
    const id = await done(house, 'lin-fang', '/records', {
      unit: 'jiuzai',
      title,
      body: '正文',
      category: 'plans',
      topic: '综合政务/其他',
      content: 'policy',
      formedOn: '2013-06-13',
      ...late,
    });
    await done(house, 'lin-fang', `/records/${id}/first-review`, late);
    await done(house, 'lin-fang', `/records/${id}/submission`, late);
    await done(house, 'example-officer', `/records/${id}/secrecy-review`, late);
    await done(house, 'lin-fang', `/records/${id}/approval`, late);
    await done(house, 'lin-fang', `/records/${id}/publication`, late);
    return id;
  }

  it('moves the total, its class and the running total by one, and the digest with them; withdrawn in 2013 it moves them back', async () => {
    const id = await publish('补登的工作计划');
    const more = await reportOf(house, 2013);
    const moved = ['proactive.cumulative', 'proactive.total', 'proactive.byCategory.plans'];
    for (const { key, value } of year.report.figures)
      expect([key, valueIn(more, key)]).toEqual([key, moved.includes(key) ? value + 1 : value]);
    expect(more.digest).not.toBe(year.report.digest);

    await done(house, 'lin-fang', `/records/${id}/withdrawal`, { ...late, occurredOn: '2013-09-02', why: '内容有误' });
    const back = await reportOf(house, 2013);
    expect(back.figures).toEqual(year.report.figures);
    expect((await ask(house, `/api/v1/public-records/${id}`)).status).toBe(410);
  });

  it('stays in the report of 2013 when it is withdrawn after the year', async () => {
    const id = await publish('次年撤回的工作计划');
    await done(house, 'lin-fang', `/records/${id}/withdrawal`, { ...late, occurredOn: '2014-02-10', why: '已由新文件替代' });
    expect(valueIn(await reportOf(house, 2013), 'proactive.total')).toBe(521);
  });
});

describe('An office that starts empty', () => {
  it('has no figures, not even noughts, and stays without the example whatever is asked of it later', async () => {
    const folder = newFolder();
    const house = await startHouse({ folder, args: ['--empty'] });
    await ready(house);
    expect((await reportOf(house, 2013)).figures).toEqual([]);
    expect((await ask(house, '/')).status).toBe(200);
    expect(await stop(house)).toBe(0);

    const again = await startHouse({ folder });
    await ready(again);
    expect((await reportOf(again, 2013)).figures).toEqual([]);
    expect(await headOf(again)).toBe(0);
    await stop(again);
  }, 60_000);
});
