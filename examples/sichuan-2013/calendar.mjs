// Working days in China 2009–2013 (the notices of the State Council's general office), enough for plausible example dates.
const HOLIDAYS = `2009-01-01 2009-01-02 2009-01-26..30 2009-04-06 2009-05-01 2009-05-28..29 2009-10-01..08 2010-01-01 2010-02-15..19 2010-04-05
2010-05-03 2010-06-14..16 2010-09-22..24 2010-10-01..07 2011-01-03 2011-02-02..08 2011-04-04..05 2011-05-02 2011-06-06 2011-09-12 2011-10-03..07
2012-01-02..03 2012-01-23..27 2012-04-02..04 2012-04-30 2012-05-01 2012-06-22 2012-10-01..05 2013-01-01..03 2013-02-11..15 2013-04-04..05
2013-04-29..30 2013-05-01 2013-06-10..12 2013-09-19..20 2013-10-01..07`;
const WORKING_WEEKENDS = `2009-01-04 2009-01-24 2009-02-01 2009-05-31 2009-09-27 2009-10-10 2010-02-20..21 2010-06-12..13 2010-09-19 2010-09-25..26
2010-10-09 2011-01-30 2011-02-12 2011-04-02 2011-10-08..09 2011-12-31 2012-01-21 2012-01-29 2012-03-31 2012-04-01 2012-04-28 2012-09-29
2013-01-05..06 2013-02-16..17 2013-04-07 2013-04-27..28 2013-06-08..09 2013-09-22 2013-09-29 2013-10-12`;

const DAY = 86_400_000;
const time = date => Date.parse(`${date}T00:00:00Z`);
export const addDays = (date, n) => new Date(time(date) + n * DAY).toISOString().slice(0, 10);
function expand(text) {
  const days = new Set();
  for (const item of text.split(/\s+/)) {
    const [first, last] = item.split('..');
    for (let date = first; date <= first.slice(0, 8) + (last ?? first.slice(8)); date = addDays(date, 1)) days.add(date);
  }
  return days;
}
const off = expand(HOLIDAYS);
const on = expand(WORKING_WEEKENDS);

export function isWorkday(date) {
  const weekday = new Date(time(date)).getUTCDay();
  return on.has(date) || (weekday > 0 && weekday < 6 && !off.has(date));
}
/** The date n working days after (n > 0) or before (n < 0) `date`. */
export function addWorkdays(date, n) {
  const step = Math.sign(n);
  for (let left = Math.abs(n); left > 0; ) {
    date = addDays(date, step);
    if (isWorkday(date)) left--;
  }
  return date;
}
export function workdays(from, to) {
  const days = [];
  for (let date = from; date <= to; date = addDays(date, 1)) if (isWorkday(date)) days.push(date);
  return days;
}
export function allDays(from, to) {
  const days = [];
  for (let date = from; date <= to; date = addDays(date, 1)) days.push(date);
  return days;
}
