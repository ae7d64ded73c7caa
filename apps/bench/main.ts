import { commandLine } from '#command-line';
import { cleanUpAtTheEnd } from './children.js';
import { measureCommands } from './commands/commands.js';
import type { Figure } from './figure.js';
import { machine } from './machine.js';
import { measureProjections } from './projections/projections.js';
import { say } from './say.js';
import { measureStore } from './store/store.js';
import { print } from './table.js';

interface Options {
  json?: boolean;
  markdown?: boolean;
  full?: boolean;
  events?: number;
}

cleanUpAtTheEnd();

const program = commandLine('bench').description('测量，结果写到标准输出 / measures; figures go to stdout, progress to stderr');
program
  .command('commands')
  .description(
    '经 HTTP 的命令，与裸服务对照；四个进程同写一库 / commands over HTTP beside a bare server; four processes writing one store',
  )
  .option('--json', '每个数一行 JSON / one JSON line per figure')
  .option('--markdown', '文档中的表格 / the table as docs/benchmarks.md holds it')
  .option('--full', '每项六十秒 / sixty seconds each')
  .action((options: Options) => run(options, asked => measureCommands({ seconds: asked.full ? 60 : 10 })));
program
  .command('store')
  .description('事件库，与引擎本身及同类对照 / the event store, beside its engine alone and beside others')
  .option('--json', '每个数一行 JSON / one JSON line per figure')
  .option('--markdown', '文档中的表格 / the table as docs/benchmarks.md holds it')
  .option('--full', '另测一百万与五百万事件 / one and five million events as well')
  .action((options: Options) => run(options, asked => measureStore({ full: asked.full ?? false })));
program
  .command('projections')
  .description(
    '视图的重建与更新，与逐条读取及同类对照 / rebuilding and keeping up views, beside one cursor over the log and another library',
  )
  .option('--json', '每个数一行 JSON / one JSON line per figure')
  .option('--markdown', '文档中的表格 / the table as docs/benchmarks.md holds it')
  .option('--full', '另测一千万事件 / ten million events as well')
  .option('--events <count>', '试用：日志只有这么多事件 / a trial: a log of so many events', wholeNumber)
  .action((options: Options) =>
    run(options, asked => measureProjections({ events: asked.events ?? 1_000_000, full: asked.full ?? false })),
  );
await program.parseAsync();

async function run(options: Options, measure: (asked: Options) => Promise<Figure[]>): Promise<void> {
  const asked = withWhatNpmTook(options);
  const measuredOn = machine();
  say(measuredOn);
  print(await measure(asked), measuredOn, asked.json ? 'json' : asked.markdown ? 'markdown' : 'table');
  process.exit(0);
}

/** `npm run bench store --json` without `--` keeps the option to itself and hands it on in the environment. */
function withWhatNpmTook(options: Options): Options {
  const { npm_config_json: json, npm_config_markdown: markdown, npm_config_full: full, npm_config_events: events } = process.env;
  return {
    ...(json === 'true' ? { json: true } : {}),
    ...(markdown === 'true' ? { markdown: true } : {}),
    ...(full === 'true' ? { full: true } : {}),
    ...(/^\d+$/.test(events ?? '') ? { events: Number(events) } : {}),
    ...options,
  };
}

function wholeNumber(given: string): number {
  const count = Number(given);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`--events ${given}: 须为正整数 / must be a whole number`);
  return count;
}
