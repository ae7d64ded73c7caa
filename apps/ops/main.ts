import { Command } from 'commander';
import { sentenceOf } from '#platform';
import { backup } from './backup.js';
import { eraseSubject, privacyStatus, rotate } from './privacy.js';
import { rebuildProjection } from './rebuild.js';
import { printReport } from './report.js';
import { status } from './status.js';
import { trace } from './trace.js';
import { verifyReport } from './verify.js';

const json = ['--json', '以 JSON 输出 / as JSON'] as const;

const ops = new Command('ops').description(
  '运维命令行，直接读写 GONGKAI_DATA 下的文件 / the caretaker’s command line; works on the files under GONGKAI_DATA',
);
ops
  .command('status')
  .description('服务与视图的状态 / services and views')
  .option(...json)
  .action(status);
ops
  .command('rebuild <projection>')
  .description('从第一个事件重建视图 / build a view anew beside the live one')
  .option(...json)
  .action(rebuildProjection);
ops
  .command('report <year>')
  .description('年度报告的数字 / the figures of a year')
  .option('--as-of <date>', '截止日 / cut date, like 2013-06-30')
  .option('--format <format>', 'text 或 json', 'text')
  .option(...json)
  .action(printReport);
ops
  .command('verify')
  .description('核对 / verify')
  .command('report <year>')
  .description('从头重算并比对摘要 / count again from nothing and compare digests')
  .option(...json)
  .action(verifyReport);
ops
  .command('trace <correlation-id>')
  .description('一条命令的全过程 / the walk of one command')
  .option(...json)
  .action(trace);
ops
  .command('backup <folder>')
  .description('备份运行中的数据 / copy the live data')
  .option(...json)
  .action(backup);
const privacy = ops.command('privacy').description('个人信息 / personal data');
privacy
  .command('erase <subject>')
  .description('依法删除一个主体的个人信息，不可恢复 / forget a person for good')
  .option('--reason <text>', '原因，不含个人信息 / why, without personal data')
  .option(...json)
  .action(eraseSubject);
privacy
  .command('status')
  .description('密钥与已删除的主体 / keys held and subjects erased')
  .option(...json)
  .action(privacyStatus);
privacy
  .command('rotate')
  .description('改由第一把主密钥加密全部密钥 / wrap every key by the first master key')
  .option(...json)
  .action(rotate);

try {
  await ops.parseAsync();
} catch (error) {
  const sentence = sentenceOf(error);
  if (sentence === null) throw error;
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
