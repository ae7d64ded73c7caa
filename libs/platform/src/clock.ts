/** The only place where the house reads the time. */
export interface Clock {
  now(): Date;
  /** Today in the authority's zone, `YYYY-MM-DD`. */
  today(): string;
}

export function systemClock(timeZone: string, now: () => Date = () => new Date()): Clock {
  // en-CA writes dates as YYYY-MM-DD.
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return { now, today: () => format.format(now()) };
}
