import 'reflect-metadata';
import { RequestsModule } from '#requests';
import { runRoom } from '#messaging';

await runRoom('requests', platform => RequestsModule.on(platform));
