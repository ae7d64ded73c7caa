export { request } from './request/request.js';
export { requestsBench } from './requests.bench.js';
export { requestsEventTypes } from './requests.events.js';
export { RequestsModule } from './requests.module.js';
export { dataSubject, erase } from './subject/subject.js';
export { requestsView } from './views/requests.js';
