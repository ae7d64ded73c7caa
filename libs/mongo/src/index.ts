export { connectMongo, type Database, type Mongo, type MongoOptions } from './connect.js';
export { MongoUnavailable, MongoUnusable } from './errors.js';
export { readMongoUrl } from './url.js';
