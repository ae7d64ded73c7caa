export { requestsEventTypes } from './requests.events.js';
export { RequestsModule } from './requests.module.js';
export { requestsView } from './views/requests.js';
