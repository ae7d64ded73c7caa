import { execFileSync } from 'node:child_process';
import { describe, it, expect } from '@jest/globals';
import fc from 'fast-check';
import {
  addDays,
  addWorkingDays,
  CalendarUnknown,
  isIsoDate,
  isProvisional,
  isWorkingDay,
  todayIn,
  workingDaysBetween,
  type IsoDate,
} from './index.js';

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('A due date in working days', () => {
  it.each<[IsoDate, number, IsoDate]>([
    ['2013-09-16', 15, '2013-10-12'],
    ['2013-12-25', 15, '2014-01-16'],
    ['2019-05-14', 15, '2019-06-04'],
    ['2019-05-15', 20, '2019-06-13'],
    ['2020-01-17', 20, '2020-02-21'],
    ['2025-01-20', 20, '2025-02-21'],
    ['2025-01-20', 40, '2025-03-21'],
    ['2025-09-25', 7, '2025-10-11'],
    ['2025-09-25', 20, '2025-10-29'],
    ['2025-12-22', 20, '2026-01-20'],
    ['2025-12-20', 20, '2026-01-19'],
  ])('received on %s with %i working days, a reply is due on %s', (from, n, due) => {
    expect(addWorkingDays(from, n).dueOn).toBe(due);
    expect(workingDaysBetween(from, due)).toBe(n);
  });

  it('may be a Saturday that the notice made a working day, and every day off on the way is named', () => {
    expect(addWorkingDays('2013-09-16', 15)).toEqual({
      dueOn: '2013-10-12',
      skipped: [
        { on: '2013-09-19', name: '中秋', kind: 'holiday' },
        { on: '2013-09-20', name: '中秋', kind: 'holiday' },
        { on: '2013-09-21', name: '中秋', kind: 'holiday' },
        { on: '2013-09-28', name: '星期六', kind: 'weekend' },
        { on: '2013-10-01', name: '国庆节', kind: 'holiday' },
        { on: '2013-10-02', name: '国庆节', kind: 'holiday' },
        { on: '2013-10-03', name: '国庆节', kind: 'holiday' },
        { on: '2013-10-04', name: '国庆节', kind: 'holiday' },
        { on: '2013-10-05', name: '国庆节', kind: 'holiday' },
        { on: '2013-10-06', name: '国庆节', kind: 'holiday' },
        { on: '2013-10-07', name: '国庆节', kind: 'holiday' },
      ],
      workedWeekends: ['2013-09-22', '2013-09-29', '2013-10-12'],
    });
  });

  it('does not count the day of receipt, so zero working days end on that day even when it is a Sunday', () => {
    expect(addWorkingDays('2025-06-08', 0)).toEqual({ dueOn: '2025-06-08', skipped: [], workedWeekends: [] });
  });

  it('is explained day by day: each day after receipt either counted or was skipped', () => {
    const { dueOn, skipped } = addWorkingDays('2025-01-20', 20);
    expect(addDays('2025-01-20', 20 + skipped.length)).toBe(dueOn);
    expect(skipped.every(day => !isWorkingDay(day.on))).toBe(true);
  });

  it('cannot be asked for with a part of a day or backwards', () => {
    for (const n of [-1, 1.5, Number.NaN, Infinity]) expect(() => addWorkingDays('2025-01-20', n)).toThrow(RangeError);
  });
});

describe("The State Council's notices", () => {
  it.each([
    [2013, 250],
    [2019, 250],
    [2020, 249],
    [2024, 251],
    [2025, 248],
    [2026, 248],
  ])('give %i exactly %i working days', (year, days) => {
    const beforeNewYear = isWorkingDay(`${year}-01-01`) ? 1 : 0;
    expect(workingDaysBetween(`${year}-01-01`, `${year}-12-31`) + beforeNewYear).toBe(days);
  });

  it('for 2025 are followed to the day (国办发明电〔2024〕12号)', () => {
    const off: [IsoDate, number][] = [
      ['2025-01-01', 1],
      ['2025-01-28', 8],
      ['2025-04-04', 3],
      ['2025-05-01', 5],
      ['2025-05-31', 3],
      ['2025-10-01', 8],
    ];
    for (const [first, days] of off) {
      for (let i = 0; i < days; i += 1)
        expect([addDays(first, i), isWorkingDay(addDays(first, i))]).toEqual([addDays(first, i), false]);
    }
    for (const on of ['2025-01-26', '2025-02-08', '2025-04-27', '2025-09-28', '2025-10-11'])
      expect([on, isWorkingDay(on)]).toEqual([on, true]);
  });

  it('made 2018-12-29 a working Saturday and 2018-12-31 a day off, under the notice for 2019', () => {
    expect(isWorkingDay('2018-12-29')).toBe(true);
    expect(isWorkingDay('2018-12-31')).toBe(false);
    expect(addWorkingDays('2018-12-28', 2)).toMatchObject({ dueOn: '2019-01-02', workedWeekends: ['2018-12-29'] });
  });

  it('are taken as amended: 劳动节 2019 has four days off, 春节 2020 lasts until 2 February', () => {
    expect(['2019-05-01', '2019-05-02', '2019-05-03', '2019-05-04'].map(isWorkingDay)).toEqual([false, false, false, false]);
    expect(isWorkingDay('2019-05-05')).toBe(true);
    expect(isWorkingDay('2020-01-31')).toBe(false);
    expect(isWorkingDay('2020-02-03')).toBe(true);
  });

  it('not yet published for 2027 may still change December 2026, and nothing earlier', () => {
    expect(isProvisional('2026-12-01')).toBe(true);
    expect(isProvisional('2026-12-31')).toBe(true);
    expect(isProvisional('2026-11-30')).toBe(false);
    expect(isProvisional('2025-12-31')).toBe(false);
  });
});

describe('A year without a notice', () => {
  it.each<[string, number, () => unknown]>([
    ['asking about a day', 2027, () => isWorkingDay('2027-03-01')],
    ['a weekend, too', 2027, () => isWorkingDay('2027-03-06')],
    ['a due date that runs past the last known year', 2027, () => addWorkingDays('2026-12-20', 20)],
    ['a request received before the first known year', 2003, () => addWorkingDays('2003-12-31', 1)],
    ['zero days from an unknown day', 2003, () => addWorkingDays('2003-12-31', 0)],
    ['counting into it', 2030, () => workingDaysBetween('2026-12-31', '2030-01-01')],
    ['counting out of it, backwards', 2030, () => workingDaysBetween('2030-01-01', '2026-12-31')],
    ['asking whether a day may change', 2027, () => isProvisional('2027-12-31')],
  ])('is never guessed: %s names the year %i', (_title, year, act) => {
    const error = thrownBy(act);
    expect(error).toBeInstanceOf(CalendarUnknown);
    expect(error).toMatchObject({ name: 'CalendarUnknown', year });
  });

  it('is explained in Chinese and English with the years that are known', () => {
    const error = new CalendarUnknown(2027);
    expect(error.zh).toContain('没有2027年的放假安排数据（现有2004—2026年）');
    expect(error.en).toContain('The holiday arrangements for 2027 are not loaded (known: 2004–2026)');
    expect(error.message).toBe(`${error.zh} ${error.en}`);
  });

  it('starts after 31 December 2026 and ends before 1 January 2004', () => {
    expect(isWorkingDay('2026-12-31')).toBe(true);
    expect(isWorkingDay('2004-01-01')).toBe(false);
    expect(addWorkingDays('2004-01-01', 1).dueOn).toBe('2004-01-02');
  });
});

describe('A calendar date', () => {
  it('must exist: leap days only in leap years, by the century rule', () => {
    expect(['2012-02-29', '2000-02-29', '2024-02-29', '2013-12-31'].map(isIsoDate)).toEqual([true, true, true, true]);
    expect(
      ['2013-02-29', '1900-02-29', '2100-02-29', '2013-04-31', '2013-13-01', '2013-00-10', '2013-01-00'].some(isIsoDate),
    ).toBe(false);
  });

  it('has one way of being written', () => {
    const others = [
      '',
      '2013-9-16',
      '20130916',
      '2013/09/16',
      '2013-09-16T00:00:00Z',
      ' 2013-09-16',
      '2013-09-16\n',
      '２０１３-09-16',
    ];
    expect(others.filter(isIsoDate)).toEqual([]);
  });

  it('that does not exist is a fault of the caller', () => {
    for (const act of [isWorkingDay, isProvisional, (on: IsoDate) => addDays(on, 1), (on: IsoDate) => addWorkingDays(on, 1)]) {
      expect(() => act('2013-02-29')).toThrow(RangeError);
    }
    expect(() => workingDaysBetween('2013-02-28', '2013-02-29')).toThrow(RangeError);
  });

  it('moves by calendar days across leap days and year ends, both ways', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2023-02-28', 1)).toBe('2023-03-01');
    expect(addDays('2024-12-31', 1)).toBe('2025-01-01');
    expect(addDays('2024-03-01', -1)).toBe('2024-02-29');
    expect(addDays('2013-09-16', 0)).toBe('2013-09-16');
    expect(() => addDays('2013-09-16', 0.5)).toThrow(RangeError);
    expect(() => addDays('9999-12-31', 1)).toThrow(RangeError);
    expect(() => addDays('2013-09-16', Number.MAX_SAFE_INTEGER)).toThrow(RangeError);
  });
});

describe('The date of today', () => {
  it("is the authority's: at 16:00 UTC the next day has begun in Chengdu", () => {
    expect(todayIn('Asia/Shanghai', new Date('2013-12-31T15:59:59.999Z'))).toBe('2013-12-31');
    expect(todayIn('Asia/Shanghai', new Date('2013-12-31T16:00:00.000Z'))).toBe('2014-01-01');
    expect(todayIn('America/New_York', new Date('2013-12-31T16:00:00.000Z'))).toBe('2013-12-31');
  });

  it('follows summer time where there was any', () => {
    expect(todayIn('Asia/Shanghai', new Date('1988-07-01T15:00:00Z'))).toBe('1988-07-02');
  });

  it('is not invented for an unknown zone or a broken clock', () => {
    expect(() => todayIn('Asia/Chengdu_', new Date(0))).toThrow(RangeError);
    expect(() => todayIn('Asia/Shanghai', new Date(Number.NaN))).toThrow(RangeError);
  });
});

describe('The time zone of the process', () => {
  // A process each: V8 reads TZ once, so setting it here would prove nothing.
  it.each(['UTC', 'Asia/Shanghai', 'Pacific/Kiritimati', 'America/Los_Angeles', 'Pacific/Apia'])('%s changes no answer', TZ => {
    const script = `import * as c from ${JSON.stringify(new URL('./index.js', import.meta.url).href)};
      console.log(JSON.stringify([c.addWorkingDays('2013-09-16', 15).dueOn, c.workingDaysBetween('2011-12-01', '2012-03-31'),
        c.addDays('2011-12-29', 1), c.isIsoDate('2011-12-30'), c.todayIn('Asia/Shanghai', new Date('2013-12-31T16:00:00Z'))]))`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: process.env['PATH'], TZ },
      encoding: 'utf8',
    });
    expect(JSON.parse(out)).toEqual([
      '2013-10-12',
      workingDaysBetween('2011-12-01', '2012-03-31'),
      '2011-12-30',
      true,
      '2014-01-01',
    ]);
  });
});

describe('Adding and counting working days', () => {
  it('tells days left from days overdue, and a weekend is neither', () => {
    expect(workingDaysBetween('2025-06-09', '2025-06-11')).toBe(2);
    expect(workingDaysBetween('2025-06-11', '2025-06-09')).toBe(-2);
    expect(workingDaysBetween('2025-06-08', '2025-06-07')).toBe(0);
    expect(workingDaysBetween('2025-06-09', '2025-06-09')).toBe(0);
  });

  const anyDay = fc.integer({ min: 0, max: 8000 }).map(days => addDays('2004-01-01', days));

  it('undo each other from any day, and leave no day unexplained', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 0, max: 200 }), (from, n) => {
        const { dueOn, skipped, workedWeekends } = addWorkingDays(from, n);
        expect(workingDaysBetween(from, dueOn)).toBe(n);
        expect(workingDaysBetween(dueOn, from)).toBe(0 - n);
        expect(addDays(from, n + skipped.length)).toBe(dueOn);
        expect(workedWeekends.every(isWorkingDay)).toBe(true);
        expect(n === 0 || isWorkingDay(dueOn)).toBe(true);
      }),
    );
  });

  it('meet again on every working day', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 1, max: 200 }), (from, days) => {
        const to = addDays(from, days);
        fc.pre(isWorkingDay(to));
        expect(addWorkingDays(from, workingDaysBetween(from, to)).dueOn).toBe(to);
      }),
    );
  });
});
