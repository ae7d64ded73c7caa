export { buildReport } from './report/build-report.js';
export { closedReport, closingOf } from './report/closed-report.js';
export { statisticsBench, statisticsProjections } from './statistics.bench.js';
export { statisticsEventTypes, statisticsReads } from './statistics.events.js';
export { reportAsOf } from './report/report-as-of.js';
export { StatisticsModule } from './statistics.module.js';
export { annualReportView } from './views/annual-report.js';
export { reportCasesView } from './views/report-cases.js';
