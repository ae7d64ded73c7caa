import { addDays, type IsoDate } from './dates.js';
import { dayKind, requireKnownYear } from './notices.js';

export { addDays, isIsoDate, todayIn, type IsoDate } from './dates.js';
export { CalendarUnknown, isProvisional } from './notices.js';

/** A day that did not count, and why: `{ on: '2013-10-01', name: '国庆节', kind: 'holiday' }`. */
export interface SkippedDay {
  on: IsoDate;
  name: string;
  kind: 'weekend' | 'holiday';
}

/** A due date with every day that explains it. */
export interface DueDate {
  dueOn: IsoDate;
  /** Days after `from` and before `dueOn` that did not count, in order. */
  skipped: SkippedDay[];
  /** Saturdays and Sundays that did count, because a notice made them working days. `dueOn` may be one. */
  workedWeekends: IsoDate[];
}

/**
 * Whether the public offices of mainland China work on that day, by the yearly 《国务院办公厅关于部分节假日安排的通知》.
 * Local holidays (全国年节及纪念日放假办法 Art. 4: 凉山, 甘孜, 阿坝) are not in the national data.
 * @throws CalendarUnknown when the year has no notice
 * @throws RangeError when `on` is not a real date
 */
export function isWorkingDay(on: IsoDate): boolean {
  const { kind } = dayKind(on);
  return kind === 'working' || kind === 'make-up';
}

/**
 * The day on which the `n`th working day after `from` falls; the end of that day is the end of the period.
 * Serves 条例 (2008) Art. 18 and 24, (2019) Art. 26, 30, 32–34. `from` itself is not counted, whether worked or not: the text
 * says “自收到申请之日起”, and practice starts on the next day. 0 answers `from`, even when it is not a working day.
 * @param n working days, whole, 0 or more
 * @throws CalendarUnknown when `from` or a day on the way lies in a year without notice: no due date is better than a false one
 * @throws RangeError when `from` is not a real date, or `n` is negative or not whole
 */
export function addWorkingDays(from: IsoDate, n: number): DueDate {
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`working days must be a whole number, 0 or more, got ${n}`);
  requireKnownYear(from);
  const skipped: SkippedDay[] = [];
  const workedWeekends: IsoDate[] = [];
  let dueOn = from;
  for (let left = n; left > 0;) {
    dueOn = addDays(dueOn, 1);
    const day = dayKind(dueOn);
    if (day.kind === 'weekend' || day.kind === 'holiday') {
      skipped.push({ on: dueOn, name: day.name, kind: day.kind });
      continue;
    }
    if (day.kind === 'make-up') workedWeekends.push(dueOn);
    left -= 1;
  }
  return { dueOn, skipped, workedWeekends };
}

/**
 * Working days after `from` up to and including `to`: the days used by a reply, or left until a due date. Negative when `to` lies
 * before `from`: −2 is two working days overdue. Undoes `addWorkingDays`.
 * @throws CalendarUnknown when a year from `from` to `to` has no notice
 * @throws RangeError when either is not a real date
 */
export function workingDaysBetween(from: IsoDate, to: IsoDate): number {
  requireKnownYear(from);
  requireKnownYear(to);
  // Subtracted, not negated: a Sunday back to its Saturday is 0, and −0 would fail a strict comparison.
  if (to < from) return 0 - workingDaysBetween(to, from);
  let count = 0;
  for (let on = from; on < to;) {
    on = addDays(on, 1);
    if (isWorkingDay(on)) count += 1;
  }
  return count;
}
