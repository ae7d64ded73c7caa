import { foldsItsHistory } from '#history';
import { attestation } from './attestation/attestation.js';
import { entry } from './entry/entry.js';
import { report } from './report/report.js';
import { statisticsEventTypes } from './statistics.events.js';
import { annualReportView } from './views/annual-report.js';

foldsItsHistory('statistics', {
  types: statisticsEventTypes,
  aggregates: [attestation, entry, report],
  projections: [annualReportView],
});
