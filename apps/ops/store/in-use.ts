import { CannotStart } from '#platform';
import { lockDatabase } from '#sqlite';

/** Whether any process has the file open, be it idle. Asked before this one opens it. */
export async function isInUse(file: string): Promise<boolean> {
  const lock = await lockDatabase(file);
  lock?.close();
  return lock === null;
}

export function stopFirst(dataFolder: string): CannotStart {
  return new CannotStart(`数据文件夹 ${dataFolder} 正在使用，请先停止服务。 / ${dataFolder} is in use; stop the services first.`);
}
