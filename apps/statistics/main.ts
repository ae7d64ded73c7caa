import 'reflect-metadata';
import { StatisticsModule } from '#statistics';
import { runRoom } from '#messaging';

await runRoom('statistics', platform => StatisticsModule.on(platform));
