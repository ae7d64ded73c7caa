export { catalogueEventTypes } from './catalogue.events.js';
export { CatalogueModule } from './catalogue.module.js';
export { recordsView } from './views/records.js';
