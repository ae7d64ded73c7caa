import { randomBytes } from 'node:crypto';
import { connectMongo, readMongoUrl } from '#mongo';
import { inTemporaryFolder } from '../children.js';
import { type Figure, figureOf, notMeasured } from '../figure.js';
import { say } from '../say.js';
import { writeLog } from './log.js';
import { catalogue, rebuildOnce, scanOnce } from './rebuilding.js';

const named = { figure: 'projections.mongodb', unit: 'events/s' };

/** The catalogue's view on a real MongoDB, in a database of its own there, which is dropped afterwards. */
export async function measureMongo(events: number): Promise<Figure> {
  const url = process.env['MONGODB_URL'];
  if (!url) return notMeasured({ ...named, why: 'not measured: MONGODB_URL names no MongoDB' });
  const mongodb = besides(url, `gongkai-bench-${randomBytes(4).toString('hex')}`);
  const mongo = await connectMongo(mongodb);
  try {
    const told = (await mongo.use(database => database.command({ buildInfo: 1 }))) as { storageEngines?: string[] };
    // What speaks the protocol for tests scans for every guarded update: its figures say nothing.
    if (!told.storageEngines?.includes('wiredTiger'))
      return notMeasured({ ...named, why: 'not measured: MONGODB_URL names a server that only speaks the protocol' });
    return await inTemporaryFolder(async folder => {
      const log = await writeLog(folder, events);
      say('catalogue on MongoDB');
      const { loadedSeconds } = await rebuildOnce(log, catalogue, { mongodb });
      const { seconds } = await scanOnce(log);
      const note = `${catalogue.note}, of ${events} events, on MongoDB; beside: raw`;
      return figureOf({ ...named, value: events / loadedSeconds, baseline: events / seconds, note });
    });
  } finally {
    await mongo.use(database => database.dropDatabase());
    await mongo.close();
  }
}

/** Another database of the same server. Who signs in is known to the one that the address names. */
function besides(url: string, database: string): string {
  const [, server, path = '', options = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(\/[^?]*)?(\?.*)?$/.exec(url) ?? [];
  const signsIn = path.length > 1 && url.includes('@') && !/[?&]authSource=/.test(options);
  const more = signsIn ? [`authSource=${readMongoUrl(url).database}`] : [];
  return `${server}/${database}?${[...(options ? [options.slice(1)] : []), ...more].join('&')}`;
}
