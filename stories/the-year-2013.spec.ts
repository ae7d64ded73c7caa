import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ask,
  copyOf,
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
import { aRecordOf2013ThatTurnsUpLater, theFiguresOf2013 } from './told.js';

let year: Awaited<ReturnType<typeof loadedYear>>;

beforeAll(async () => {
  year = await loadedYear();
}, loading);

describe('The year 2013, rebuilt from what the office did', () => {
  theFiguresOf2013(() => year.report);
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

  aRecordOf2013ThatTurnsUpLater(
    () => house,
    () => year.report,
  );
});

describe('An office that starts empty', () => {
  it('has no figures, not even noughts, and stays without the example whatever is asked of it later', async () => {
    const folder = newFolder();
    const house = await startHouse({ folder, args: ['--empty'] });
    await ready(house);
    expect((await reportOf(house, 2013)).figures).toEqual([]);
    expect((await ask(house, '/')).status).toBe(200);
    expect((await ask(house, '/reports')).status).toBe(200);
    expect(house.said()).not.toContain('2013');
    expect(await stop(house)).toBe(0);

    const again = await startHouse({ folder });
    await ready(again);
    expect((await reportOf(again, 2013)).figures).toEqual([]);
    expect(await headOf(again)).toBe(0);
    await stop(again);
  });
});
