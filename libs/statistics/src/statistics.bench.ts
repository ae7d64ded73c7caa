import { benchOf } from '#platform';
import { statisticsReads } from './statistics.events.js';
import { annualReportView } from './views/annual-report.js';
import { reportCasesView } from './views/report-cases.js';

export const statisticsProjections = [annualReportView, reportCasesView];
/** For threads that build the room's views: nothing of the room but these. */
export const openBench = benchOf('statistics', statisticsReads, statisticsProjections);
export const statisticsBench = import.meta.url;
