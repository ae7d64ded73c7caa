import { existsSync, rmSync } from 'node:fs';
import { CannotStart, keysFile, openMongo, readConfig, refuseBackup } from '#platform';
import { moveKeys } from '#privacy';
import { print } from './log.js';

/** From the file of the data folder to the MongoDB that is set; services stopped. Again finishes what was cut short. */
export async function moveKeysToMongo({ json }: { json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  refuseBackup(config.dataFolder);
  const file = keysFile(config.dataFolder);
  const mongo = await openMongo(config);
  if (!mongo)
    throw new CannotStart(
      '请用 GONGKAI_MONGODB 指定要移入的 MongoDB。 / Name the MongoDB to move the keys to with GONGKAI_MONGODB.',
    );
  try {
    if (!existsSync(file)) throw new CannotStart(`没有密钥文件 ${file}，无可移动。 / There is no ${file}: nothing to move.`);
    const moved = await moveKeys(file, mongo);
    for (const rest of ['', '-wal', '-shm']) rmSync(`${file}${rest}`, { force: true });
    print(json, { from: file, to: mongo.shown, ...moved }, [
      `${moved.subjects} 个主体的密钥和 ${moved.secrets} 把机关密钥已移入 ${mongo.shown}；${file} 已删除 / the keys of ${moved.subjects} subjects and ${moved.secrets} of the house's own are on ${mongo.shown} now; ${file} is gone`,
      '此前备份里的密钥文件仍能解密此后删除的主体：请销毁 / key files in older backups still open what is erased from now on: destroy them',
    ]);
  } finally {
    await mongo.close();
  }
}
