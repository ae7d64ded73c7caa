import { connectMongo } from '#mongo';
import { openMongoViews } from '../mongo-store.js';
import type { ReadStore } from '../read-store.js';

/** For processes of the contract's. */
export async function openViews(argument: string): Promise<ReadStore> {
  const { url, room } = JSON.parse(argument) as { url: string; room: string };
  const mongo = await connectMongo(url);
  const views = await openMongoViews(mongo, room);
  return Object.assign(Object.create(views) as ReadStore, { close: () => mongo.close() });
}
