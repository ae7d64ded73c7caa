import { MongoUnusable } from './errors.js';

export interface MongoAddress {
  url: string;
  database: string;
  /** For sentences and logs: without user and password. */
  shown: string;
}

const form = /^mongodb(\+srv)?:\/\/(?:[^@/?#\s]*@)?([A-Za-z0-9._:[\]-]+(?:,[A-Za-z0-9._:[\]-]+)*)(?:\/([^/?#\s]*))?(?:\?\S*)?$/;
const defaultDatabase = 'gongkai';
/** What MongoDB takes as a database's name on every system. */
const databaseName = /^[A-Za-z0-9_-]{1,63}$/;

/** @throws MongoUnusable one sentence without the password */
export function readMongoUrl(text: string): MongoAddress {
  const found = form.exec(text.trim());
  if (!found) {
    throw new MongoUnusable(
      'MongoDB 的地址（GONGKAI_MONGODB）用不了：应写作 mongodb://user:password@host:27017/gongkai，密码中的 @ : / 须作百分号编码。 / The MongoDB address (GONGKAI_MONGODB) cannot be used: it is written mongodb://user:password@host:27017/gongkai, with @ : / of a password percent-encoded.',
    );
  }
  const [, srv = '', hosts, name = ''] = found;
  const database = name || defaultDatabase;
  if (!databaseName.test(database)) {
    throw new MongoUnusable(
      `MongoDB 的数据库名只能用字母、数字、_ 和 -：${database}。 / The name of a MongoDB database takes letters, digits, _ and - only: ${database}.`,
    );
  }
  return { url: text.trim(), database, shown: `mongodb${srv}://${hosts}/${database}` };
}
