import { commandLine } from '#command-line';
import { projectionVerbs, rebuildVerb } from './projections/verbs.js';
import { BadUsage, whole } from './usage.js';
import { from, json } from './verb.js';

/** What was typed cannot be read; 1 is for what could be, and was not done. */
const badUsage = 2;

const ops = commandLine('ops')
  .description('运维命令行，直接读写 GONGKAI_DATA 下的文件 / the caretaker’s command line; works on the files under GONGKAI_DATA')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : badUsage));
ops
  .command('status')
  .description('服务与视图的状态 / services and views')
  .option(...json)
  .action(from(() => import('./status.js'), 'status'));
projectionVerbs(ops);
rebuildVerb(ops.command('rebuild <projection>'));
ops
  .command('report <year>')
  .description('年度报告的数字 / the figures of a year')
  .option('--as-of <date>', '截止日 / cut date, like 2013-06-30')
  .option('--recorded-by <instant>', '只算该时刻已记录的 / from what had been recorded by then, like 2013-07-01T00:00:00+08:00')
  .option('--position <position>', '只算到该位置 / from the log up to this position')
  .option('--format <format>', 'text 或 json / text or json', 'text')
  .option(...json)
  .action(from(() => import('./report.js'), 'printReport'));
ops
  .command('verify')
  .description('核对 / verify')
  .command('report <year>')
  .description('从头重算并比对摘要 / count again from nothing and compare digests')
  .option(...json)
  .action(from(() => import('./verify.js'), 'verifyReport'));
ops
  .command('trace <correlation-id>')
  .description('一条命令的全过程 / the walk of one command')
  .option(...json)
  .action(from(() => import('./trace.js'), 'trace'));
const store = ops.command('store').description('事件库 / the event store');
const several = (value: string, before: string[] = []) => [...before, value];
store
  .command('backup <folder>')
  .description('备份运行中的数据，不必停机 / copy the live data')
  .option(...json)
  .action(from(() => import('./store/backup.js'), 'backup'));
store
  .command('restore <folder>')
  .description('从备份恢复；此后的删除照样生效 / bring a backup back; what was erased since stays erased')
  .option('--force', '替换已有数据，旧数据另存 / replace the data there is, which is kept aside')
  .option(...json)
  .action(from(() => import('./store/restore.js'), 'restore'));
store
  .command('verify [backup]')
  .description('逐个事件核对，并与存证锚点比对；或核对一个备份 / walk every event, and compare with the anchors; or of a backup')
  .option('--anchor <file>', '另外保存的锚点，可多次给出 / an anchor kept elsewhere; may be repeated', several)
  .option('--key <fingerprint>', '也可信的签名密钥指纹 / fingerprint of another key that may have signed', several)
  .option(...json)
  .action(from(() => import('./store/verify.js'), 'verifyStore'));
store
  .command('anchor')
  .description('为此刻的事件日志签署存证锚点 / sign what the log is now')
  .option('--out <file>', '另写一份 / write a copy')
  .option('--reason <text>', '原因，不含个人信息 / why, without personal data')
  .option(...json)
  .action(from(() => import('./store/anchor.js'), 'anchor'));
store
  .command('export [file]')
  .description('导出全部事件，JSON Lines，可续传 / all events as JSON lines; goes on where it was cut short')
  .option('--from <position>', '从这个位置起 / from this position on', whole(1))
  .option(...json)
  .action(from(() => import('./store/export.js'), 'exportStore'));
store
  .command('import <file>')
  .description('导入，逐个核对哈希，可续传 / store them again, hash by hash; goes on where it was cut short')
  .option(...json)
  .action(from(() => import('./store/import.js'), 'importStore'));
const privacy = ops.command('privacy').description('个人信息 / personal data');
privacy
  .command('erase <subject>')
  .description('依法删除一个主体的个人信息，不可恢复 / forget a person for good')
  .option('--reason <text>', '原因，不含个人信息 / why, without personal data')
  .option(...json)
  .action(from(() => import('./privacy.js'), 'eraseSubject'));
privacy
  .command('status')
  .description('密钥与已删除的主体 / keys held and subjects erased')
  .option(...json)
  .action(from(() => import('./privacy.js'), 'privacyStatus'));
privacy
  .command('rotate')
  .description('改由第一把主密钥加密全部密钥 / wrap every key by the first master key')
  .option(...json)
  .action(from(() => import('./privacy.js'), 'rotate'));
privacy
  .command('move')
  .description('把密钥文件移入 GONGKAI_MONGODB / bring the file of keys to the MongoDB')
  .option(...json)
  .action(from(() => import('./move-keys.js'), 'moveKeysToMongo'));

try {
  await ops.parseAsync();
} catch (error) {
  const usage = error instanceof BadUsage;
  const sentence = usage ? error.message : (await import('#platform')).sentenceOf(error);
  if (sentence === null) throw error;
  process.stderr.write(`${sentence}\n`);
  process.exitCode = usage ? badUsage : 1;
}
