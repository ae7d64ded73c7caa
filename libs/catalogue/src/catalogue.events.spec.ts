import { foldsItsHistory } from '#history';
import { catalogueEventTypes } from './catalogue.events.js';
import { indexNumbers } from './record/index-number.js';
import { record } from './record/record.js';
import { unit } from './unit/unit.js';
import { recordsView } from './views/records.js';

foldsItsHistory('catalogue', {
  types: catalogueEventTypes,
  aggregates: [record, indexNumbers, unit],
  projections: [recordsView],
});
