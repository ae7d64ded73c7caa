import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mongo } from '#mongo';
import { type Keys, type MasterKey, masterKeysOf, openMongoKeys, openSqliteKeys } from '#privacy';
import { type Config, ConfigInvalid } from './config.js';
import { madeOnce } from './made-once.js';
import { clearRestoring } from './restoring.js';

export function keysFile(dataFolder: string): string {
  return join(dataFolder, 'keys', 'keys.db');
}

/** The master key of a desk, beside what it wraps: convenient, and no protection. Never made in production. */
export function developmentMasterKeyFile(dataFolder: string): string {
  return join(dataFolder, 'keys', 'master.key');
}

/**
 * In the MongoDB that is given, else in a file of the data folder; their master key is a setting either way.
 * @throws ConfigInvalid without a usable master key, or where keys are in both; KeysUnusable, DatabaseUnusable, MongoUnavailable
 */
export async function openKeys(
  config: Pick<Config, 'dataFolder' | 'production' | 'masterKey'>,
  mongo: Mongo | null,
): Promise<Keys> {
  clearRestoring(config.dataFolder);
  const file = keysFile(config.dataFolder);
  if (!mongo) return openSqliteKeys(file, masterKeys(config));
  // New ones would be made in their place, for the same people.
  if (existsSync(file)) {
    throw new ConfigInvalid(
      `密钥仍在文件 ${file} 中，而 GONGKAI_MONGODB 指定了 MongoDB：请停止服务，用 npm run ops -- privacy move 把密钥移入 MongoDB。 / The keys are still in the file ${file}, while GONGKAI_MONGODB names a MongoDB: stop the services and move them there with npm run ops -- privacy move.`,
    );
  }
  return openMongoKeys(mongo, masterKeys(config));
}

function masterKeys({ dataFolder, production, masterKey }: Pick<Config, 'dataFolder' | 'production' | 'masterKey'>): MasterKey[] {
  if (masterKey.keys) return masterKey.keys;
  if (masterKey.file) return keysOfFile(masterKey.file);
  if (production) {
    throw new ConfigInvalid(
      '生产环境须用 GONGKAI_MASTER_KEY 或 GONGKAI_MASTER_KEY_FILE 给出主密钥（32 字节，base64），可用 openssl rand -base64 32 生成。 / Production needs a master key (32 bytes in base64) in GONGKAI_MASTER_KEY or GONGKAI_MASTER_KEY_FILE; openssl rand -base64 32 makes one.',
    );
  }
  mkdirSync(join(dataFolder, 'keys'), { recursive: true, mode: 0o700 });
  const file = developmentMasterKeyFile(dataFolder);
  madeOnce(file, () => `${randomBytes(32).toString('base64')}\n`);
  return keysOfFile(file);
}

function keysOfFile(file: string): MasterKey[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ConfigInvalid(`主密钥文件 ${file} 读不了（${why}）。 / The master key file ${file} cannot be read (${why}).`);
  }
  const keys = masterKeysOf(text);
  if (keys) return keys;
  throw new ConfigInvalid(
    `主密钥文件 ${file} 的内容不是 32 字节的 base64（多把用逗号或换行分隔）。 / ${file} does not hold master keys: 32 bytes in base64, several by comma or line.`,
  );
}
