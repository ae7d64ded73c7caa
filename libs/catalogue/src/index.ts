export { catalogueBench } from './catalogue.bench.js';
export { catalogueEventTypes } from './catalogue.events.js';
export { CatalogueModule } from './catalogue.module.js';
export { recordsView } from './views/records.js';
