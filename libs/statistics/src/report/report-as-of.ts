import { type BuiltReport, refuse, type Refusal } from '#contracts';
import type { EventStore } from '#event-store';
import { asOf, type Moment, NoSuchMoment } from '#projections';
import { annualReportView } from '../views/annual-report.js';
import { type Asked, buildReport } from './build-report.js';

/**
 * The year's report from what had been recorded at a moment, whatever was recorded late: folded anew from the log, live views are
 * left alone. What had happened by a day, as known today, is `asOf` of the live report.
 */
export async function reportAsOf(
  store: EventStore,
  asked: Asked,
  moment: Moment,
  signal?: AbortSignal,
): Promise<BuiltReport | Refusal> {
  try {
    const { view, close } = await asOf({ store }, annualReportView, moment, signal ? { signal } : {});
    try {
      return await buildReport(view, asked);
    } finally {
      await close();
    }
  } catch (error) {
    if (!(error instanceof NoSuchMoment)) throw error;
    return refuse('invalid', 'moment-unknown', { zh: error.zh, en: error.en });
  }
}
