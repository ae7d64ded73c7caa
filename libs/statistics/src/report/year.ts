import { refuse, type Refusal } from '#contracts';

/** Nothing can be told of a year that has not begun. */
export function notBegun(year: number, today: string): Refusal | undefined {
  if (String(year) <= today.slice(0, 4)) return undefined;
  return refuse(
    'invalid',
    'year-not-begun',
    { zh: `${year} 年尚未开始。`, en: `The year ${year} has not begun.` },
    { issues: [{ path: 'year', zh: '尚未开始', en: 'has not begun' }] },
  );
}

/** What is closed is neither written nor added to; later figures show as differences. */
export function reportClosed(year: number, on: string): Refusal {
  return refuse(
    'conflict',
    'report-closed',
    { zh: `${year} 年的报告已于 ${on} 定稿。`, en: `The report of ${year} was closed on ${on}.` },
    { detail: { closedOn: on } },
  );
}
