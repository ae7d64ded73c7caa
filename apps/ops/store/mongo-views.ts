import { type Config, openMongo } from '#platform';
import { dropMongoViews } from '#projections';

const rooms = ['catalogue', 'channels', 'requests', 'statistics'];

/**
 * Where a MongoDB holds the views, they are of the log that was there before another is put in its place: each room builds its own anew.
 * With the services stopped.
 * @throws MongoUnavailable, MongoUnusable
 */
export async function forgetMongoViews(config: Config): Promise<void> {
  const mongo = await openMongo(config);
  if (!mongo) return;
  try {
    for (const room of rooms) await dropMongoViews(mongo, room);
  } finally {
    await mongo.close();
  }
}
