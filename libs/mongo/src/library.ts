import type mongoose from 'mongoose';
import { MongoUnusable } from './errors.js';

/** Loaded here only, for an address that asks for it: what is embedded does without. @throws MongoUnusable */
export async function mongoLibrary(): Promise<typeof mongoose> {
  try {
    return (await import('mongoose')).default;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new MongoUnusable(
      `MongoDB 客户端在本机不能加载（${why}），请重新安装依赖（npm ci）。 / The MongoDB client cannot be loaded on this machine (${why}); install the dependencies anew (npm ci).`,
      { cause: error },
    );
  }
}
