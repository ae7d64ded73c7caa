export { buildReport } from './report/build-report.js';
export { closedReport } from './report/closed-report.js';
export { statisticsEventTypes, statisticsReads } from './statistics.events.js';
export { statisticsProjections, StatisticsModule } from './statistics.module.js';
export { reportAsOf } from './report/report-as-of.js';
export { annualReportView } from './views/annual-report.js';
export { reportCasesView } from './views/report-cases.js';
