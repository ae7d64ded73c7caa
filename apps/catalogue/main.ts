import 'reflect-metadata';
import { CatalogueModule } from '#catalogue';
import { runRoom } from '#messaging';

await runRoom('catalogue', platform => CatalogueModule.on(platform));
