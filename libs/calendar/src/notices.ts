// The package's functions are left alone: they take a year without data for plain weekdays, and
// findWorkday follows the process time zone. Its data file says the same everywhere.
import data from 'chinese-days/dist/chinese-days.json' with { type: 'json' };
import { requireIsoDate, weekdayOf, type IsoDate } from './dates.js';

const daysOff: Readonly<Record<IsoDate, string>> = data.holidays;
const makeUpDays: Readonly<Record<IsoDate, string>> = data.workdays;

// National Day is in every notice and far from both ends of the year. Any date at all would not do: the notice for 2019 reached
// back into December 2018, so one entry dated 2018 does not prove that the notice for 2018 is here.
const knownYears: ReadonlySet<number> = new Set(
  Object.keys(daysOff)
    .filter(on => on.endsWith('-10-01'))
    .map(yearOf),
);
const firstYear = Math.min(...knownYears);
const lastYear = Math.max(...knownYears);

/**
 * No notice of the State Council's General Office is loaded for `year`, so nobody can say which of its days are worked.
 * Callers turn it into a refusal: `zh` and `en` are the sentences to show.
 */
export class CalendarUnknown extends Error {
  override readonly name = 'CalendarUnknown';
  readonly zh: string;
  readonly en: string;

  constructor(readonly year: number) {
    const zh = `没有${year}年的放假安排数据（现有${firstYear}—${lastYear}年），无法推算工作日；请在国务院办公厅发布该年通知并更新数据后再算。`;
    const en =
      `The holiday arrangements for ${year} are not loaded (known: ${firstYear}–${lastYear}), so its working days cannot be counted; ` +
      `update the data once the State Council's notice for that year is out.`;
    super(`${zh} ${en}`);
    this.zh = zh;
    this.en = en;
  }
}

/** What a day is, and by what name the reader knows the reason. */
export type DayKind =
  | { kind: 'working' }
  /** A Saturday or Sunday worked in exchange for a holiday (调休上班). */
  | { kind: 'make-up'; name: string }
  | { kind: 'weekend'; name: string }
  | { kind: 'holiday'; name: string };

/**
 * @throws CalendarUnknown when the year has no notice
 * @throws RangeError when `on` is not a real date
 */
export function dayKind(on: IsoDate): DayKind {
  requireKnownYear(on);
  const makeUp = makeUpDays[on];
  if (makeUp !== undefined) return { kind: 'make-up', name: chineseName(makeUp) };
  // Before the weekend: a Saturday inside a holiday is better explained by the holiday.
  const off = daysOff[on];
  if (off !== undefined) return { kind: 'holiday', name: chineseName(off) };
  const weekday = weekdayOf(on);
  if (weekday === 6) return { kind: 'weekend', name: '星期六' };
  if (weekday === 0) return { kind: 'weekend', name: '星期日' };
  return { kind: 'working' };
}

/**
 * Whether a notice not yet published may still change this day: December of the last known year, because the New Year holiday
 * borrows days from it (2018-12-29 was worked, 2018-12-31 off, both under the notice for 2019).
 * An amendment in mid-year (劳动节 2019, 春节 2020) cannot be foreseen and is not meant here.
 * @throws CalendarUnknown when the year has no notice
 * @throws RangeError when `on` is not a real date
 */
export function isProvisional(on: IsoDate): boolean {
  requireKnownYear(on);
  return on.slice(5, 7) === '12' && !knownYears.has(yearOf(on) + 1);
}

export function requireKnownYear(on: IsoDate): void {
  requireIsoDate(on);
  if (!knownYears.has(yearOf(on))) throw new CalendarUnknown(yearOf(on));
}

function yearOf(on: IsoDate): number {
  return Number(on.slice(0, 4));
}

/** The data writes `Spring Festival,春节,4`. */
function chineseName(entry: string): string {
  return entry.split(',')[1] ?? entry;
}
