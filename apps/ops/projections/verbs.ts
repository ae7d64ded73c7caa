import type { Command } from 'commander';
import { from, json } from '../verb.js';
import { whole } from '../usage.js';

const reason = ['--reason <text>', '原因，不含个人信息 / why, without personal data'] as const;
const orders = () => import('./order.js');
const standing = () => import('./standing.js');
const letters = () => import('./dead-letters.js');

export function projectionVerbs(ops: Command): void {
  const projections = ops.command('projections').description('视图 / projections');
  projections
    .command('list')
    .description('视图一览 / all there are')
    .option(...json)
    .action(from(standing, 'list'));
  projections
    .command('status [projection]')
    .description('状态、落后与完整性证明 / how they stand, with the proof that nothing is missing')
    .option(...json)
    .action(from(standing, 'status'));
  projections
    .command('watch [projection]')
    .description('持续查看，直到 Ctrl-C / look on until Ctrl-C')
    .option('--every <seconds>', '间隔 / between two looks', whole(1), 1)
    .option(...json)
    .action(from(standing, 'watch'));
  rebuildVerb(projections.command('rebuild <projection>'));
  projections
    .command('verify <projection>')
    .description('核对：与日志逐类型比数，抽查重算 / count against the log, refold a sample')
    .option('--generation <number>', '第几代 / of which generation', whole(1))
    .option(...reason)
    .option(...json)
    .action(from(orders, 'verify'));
  projections
    .command('switch <projection>')
    .description('启用就绪的一代 / let readers see the generation that is ready')
    .option('--generation <number>', '第几代 / to which generation', whole(1))
    .option('--force', '未通过核对也切换，须写明原因 / also where it is not verified; needs its reason')
    .option(...reason)
    .option(...json)
    .action(from(orders, 'switchTo'));
  projections
    .command('rollback <projection>')
    .description('回到切换前的一代 / back to the generation before the last switch')
    .requiredOption(...reason)
    .option(...json)
    .action(from(orders, 'rollBack'));
  projections
    .command('pause <projection>')
    .description('暂停 / nothing of it moves')
    .requiredOption(...reason)
    .option(...json)
    .action(from(orders, 'pause'));
  projections
    .command('resume <projection>')
    .description('恢复 / go on')
    .option(...reason)
    .option(...json)
    .action(from(orders, 'resume'));
  projections
    .command('drop <projection>')
    .argument('<generation>', '第几代 / which generation', whole(1))
    .description('删除不在使用的一代 / take away a generation that readers do not see')
    .requiredOption(...reason)
    .option(...json)
    .action(from(orders, 'drop'));
  projections
    .command('rebuild-key <projection> <key>')
    .description('只重算一个键，如 catalogue.record-… / fold the events of one key anew')
    .option(...reason)
    .option(...json)
    .action(from(orders, 'rebuildKey'));
  projections
    .command('as-of <projection>')
    .description('当时的视图，不动现有数据 / the view as it was; live data is not touched')
    .option('--position <position>', '到日志的这个位置 / up to this place in the log', whole(0))
    .option('--instant <instant>', '到这一时刻已记录的 / what had been recorded, like 2013-04-20T08:00:00+08:00')
    .option('--date <date>', '到这一天已发生的 / what had happened, like 2013-04-20')
    .option('--collection <name>', '逐行输出其中的文档 / its documents, a line each')
    .option('--id <id>', '只要这一份 / this one alone')
    .option(...json)
    .action(from(() => import('./as-of.js'), 'projectionAsOf'));
  letterVerbs(ops);
}

/** Also by its older name `ops rebuild`. */
export function rebuildVerb(command: Command): void {
  command
    .description('从第一个事件重建，与现用的并存，核对后切换 / build anew beside the live one, verify, switch')
    .option('--parts <number>', '分几份同时重建 / parts built at the same time', whole(1))
    .option('--hold', '核对后等待切换 / once verified wait for a switch')
    .option('--begin', '只开始，由运行中的服务完成 / only begin; the running services do it')
    .option(...reason)
    .option(...json)
    .action(from(orders, 'rebuild'));
}

function letterVerbs(ops: Command): void {
  const deadLetters = ops.command('dead-letters').description('视图处理不了的事件 / events that a projection cannot digest');
  deadLetters
    .command('list [projection]')
    .description('待处理的死信 / those that wait for somebody')
    .option('--all', '连同已跳过、已补上的 / also skipped and applied ones')
    .option(...json)
    .action(from(letters, 'list'));
  deadLetters
    .command('show <projection>')
    .argument('<position>', '事件位置 / position of the event', whole(1))
    .description('事件、错误与等在其后的 / the event, the error, and what waits behind it')
    .option(...json)
    .action(from(letters, 'show'));
  deadLetters
    .command('retry <projection>')
    .argument('<position>', '事件位置 / position of the event', whole(1))
    .description('再处理一次，成功后依次处理其后的 / try it again, then those behind it, in order')
    .option(...reason)
    .option(...json)
    .action(from(orders, 'retry'));
  deadLetters
    .command('skip <projection>')
    .argument('<position>', '事件位置 / position of the event', whole(1))
    .description('永久略过 / leave it out for good')
    .requiredOption(...reason)
    .option(...json)
    .action(from(orders, 'skip'));
}
