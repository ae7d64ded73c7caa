/** A calendar date written `YYYY-MM-DD`, in the authority's own zone. Two of them compare as strings. */
export type IsoDate = string;

const dayMs = 86_400_000;

/**
 * Whether the text is a date that exists: `2013-02-29` and `2013-2-1` are not. Years before 0100 are refused: they are typing
 * slips, never dates of a record. Not a type guard on purpose: `IsoDate` is `string`, so a guard would narrow the refused to `never`.
 */
export function isIsoDate(text: string): boolean {
  const at = midnight(text);
  return at !== undefined && isoOf(at) === text;
}

/**
 * The date `days` calendar days later (earlier when negative), weekends and holidays included.
 * @throws RangeError when `on` is not a real date, `days` is not whole, or the answer leaves the years 0100–9999
 */
export function addDays(on: IsoDate, days: number): IsoDate {
  requireIsoDate(on);
  if (!Number.isInteger(days)) throw new RangeError(`days must be a whole number, got ${days}`);
  const at = new Date(midnight(on)! + days * dayMs);
  const year = at.getUTCFullYear();
  if (!(year >= 100 && year <= 9999)) throw new RangeError(`${on} + ${days} days leaves the years 0100–9999`);
  return isoOf(at.getTime());
}

/**
 * The date on the wall calendar of `timeZone` (an IANA name, `Asia/Shanghai`) at that instant: at 16:00 UTC it is already
 * tomorrow in Chengdu, and a request then received has tomorrow's date.
 * @throws RangeError for a zone Intl does not know, or an invalid instant
 */
export function todayIn(timeZone: string, instant: Date): IsoDate {
  // Calendar and digits are pinned because a host's default locale may write Buddhist years or Arabic-Indic digits.
  const parts = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find(p => p.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
}

/** 0 is Sunday, 6 is Saturday. */
export function weekdayOf(on: IsoDate): number {
  requireIsoDate(on);
  return new Date(midnight(on)!).getUTCDay();
}

/** A false date here is a caller's bug (the edge validates), so it throws and is never a refusal. */
export function requireIsoDate(on: IsoDate): void {
  if (!isIsoDate(on)) throw new RangeError(`not a calendar date: ${JSON.stringify(on)}, expected YYYY-MM-DD`);
}

// UTC days all have 24 hours; local ones do not (China itself kept summer time 1986–1991).
function midnight(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return match ? Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) : undefined;
}

function isoOf(at: number): IsoDate {
  return new Date(at).toISOString().slice(0, 10);
}
