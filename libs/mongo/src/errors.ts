/** As it is set up it cannot be used; the sentence says why and what to do. */
export class MongoUnusable extends Error {
  override readonly name = 'MongoUnusable';
}

/** It does not answer, or not as it should; nothing that was acknowledged is lost, and it is tried again. */
export class MongoUnavailable extends Error {
  override readonly name = 'MongoUnavailable';
}

/** What the driver says of itself, without its classes: they are loaded with it only. */
interface DriverError extends Error {
  code?: number | string;
  codeName?: string;
}

const noPrimary = new Set([91, 189, 10058, 10107, 11600, 11602, 13435, 13436]);
const tooSlow = new Set([50, 64, 100, 262]);
const outOfDisk = 14031;
const unauthorized = new Set([13, 18]);
const late = /^(MongoNetworkTimeout|MongoWaitQueueTimeout|MongoOperationTimeout)/;
const lost = /^(Mongo(ose)?(ServerSelection|Network|NotConnected|Topology|ClientClosed|PoolClear)|PoolCleared)/;

/** The driver's error as a sentence; any other error as it is. */
export function translated(error: unknown, shown: string): unknown {
  if (!(error instanceof Error) || !/^(Mongo(?!Un)|BSON|PoolCleared)/.test(error.name)) return error;
  const { name, code, codeName } = error as DriverError;
  const says = words(error);
  const unavailable = (zh: string, en: string) =>
    new MongoUnavailable(`MongoDB（${shown}）${zh}。 / MongoDB (${shown}) ${en}.`, { cause: error });
  const unusable = (zh: string, en: string) =>
    new MongoUnusable(`MongoDB（${shown}）${zh}。 / MongoDB (${shown}) ${en}.`, { cause: error });

  if (unauthorized.has(code as number) || name === 'MongoMissingCredentialsError')
    return unusable(
      `不接受这次登录或缺少权限（${says}），请在地址中写明有读写权限的用户和密码`,
      `does not accept the sign-in, or it may not do this (${says}): name a user that may read and write, with its password, in the address`,
    );
  // The driver finds this while it looks for a server, and says so only in its words.
  if (name === 'MongoCompatibilityError' || /maximum wire version/.test(says)) return new MongoUnusable(tooOld(shown, says));
  if (/^Mongo(Parse|InvalidArgument|API)Error$/.test(name) && code === undefined)
    return unusable(`的地址或所写内容用不了（${says}）`, `cannot be used so (${says})`);
  if (code === outOfDisk)
    return unavailable('的磁盘已满，请腾出空间，之后自动继续', 'is out of disk space: free some, it goes on by itself then');
  if (noPrimary.has(code as number))
    return unavailable(
      `现在没有可写的主节点（${says}），将自动重试`,
      `has no primary that could write now (${says}); it is tried again`,
    );
  if (late.test(name) || tooSlow.has(code as number))
    return unavailable(`未按时答复（${says}），将自动重试`, `did not answer in time (${says}); it is tried again`);
  if (lost.test(name)) return unavailable(`连不上（${says}），将自动重试`, `cannot be reached (${says}); it is tried again`);
  return unavailable(
    `报错（${codeName ?? code ?? name}：${says}）`,
    `answers with an error (${codeName ?? code ?? name}: ${says})`,
  );
}

/** The driver has a time for everything, and did not keep it. */
export function stoodStill(shown: string): MongoUnavailable {
  return new MongoUnavailable(
    `与 MongoDB（${shown}）的连接停住了，正在另建连接，将自动重试。 / The connection to MongoDB (${shown}) stands still; another is being made, and it is tried again.`,
  );
}

export function tooLate(shown: string): MongoUnavailable {
  return new MongoUnavailable(
    `MongoDB（${shown}）未按时答复，将自动重试。 / MongoDB (${shown}) did not answer in time; it is tried again.`,
  );
}

export function tooOld(shown: string, says: string): string {
  return `MongoDB（${shown}）版本过旧（${says}），需要 5.0 或更新（线协议 13）：更旧的不能保存名称含 $ 的字段。 / MongoDB (${shown}) is too old (${says}); 5.0 or newer (wire version 13) is needed: an older one cannot keep fields whose names begin with $.`;
}

/** Never with what an address holds before its @. */
function words({ message }: Error): string {
  return message
    .replace(/\/\/[^@\s/]*@/g, '//')
    .replace(/\s+/g, ' ')
    .replace(/[.。]$/, '')
    .slice(0, 300);
}
