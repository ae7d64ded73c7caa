import { foldsItsHistory } from '#history';
import { practice } from './practice/practice.js';
import { request } from './request/request.js';
import { requestsEventTypes } from './requests.events.js';
import { dataSubject } from './subject/subject.js';
import { requestsView } from './views/requests.js';

foldsItsHistory('requests', {
  types: requestsEventTypes,
  aggregates: [request, practice, dataSubject],
  projections: [requestsView],
});
