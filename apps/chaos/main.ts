import { randomInt } from 'node:crypto';
import { commandLine } from '#command-line';
import { killRunners } from './projections/kills.js';
import { killWriters, type Outcome } from './store/kills.js';

interface Options {
  kills?: string;
  seed?: string;
  json?: boolean;
}

const defaultKills = 100;

const program = commandLine('chaos').description(
  '反复强行终止进程，核对留下的数据 / kills processes, and checks what they leave behind',
);
for (const [name, description, chaos] of [
  ['store', '写入事件时 kill -9 / writers of the event store', killWriters],
  ['projections', '更新、重建视图时 kill -9 或冻结 / processes that run and rebuild projections, killed or stopped', killRunners],
] as const)
  program
    .command(name)
    .description(description)
    .option('--kills <count>', `多少次，默认 ${defaultKills} / how many`)
    .option('--seed <number>', '同样的种子，同样的计划 / the same seed, the same plan')
    .option('--json', '最后一行为 JSON / the last line is JSON')
    .action((options: Options) => run(options, chaos));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
process.on('disconnect', () => process.exit(1));
process.channel?.unref();
await program.parseAsync();

async function run(
  options: Options,
  chaos: (asked: { kills: number; seed: number }, say: (sentence: string) => void) => Promise<Outcome>,
): Promise<void> {
  const { npm_config_kills, npm_config_seed, npm_config_json } = process.env;
  const kills = whole('--kills', options.kills ?? npm_config_kills) ?? defaultKills;
  const seed = whole('--seed', options.seed ?? npm_config_seed) ?? randomInt(1, 1_000_000);
  console.log(`种子 / seed ${seed}`);
  const {
    kills: killed,
    acknowledged,
    lost,
    phantom,
    differ,
  } = await chaos({ kills, seed }, sentence => process.stderr.write(`${sentence}\n`));
  const outcome = { kills: killed, seed, acknowledged, lost, phantom, differ };
  const failed = lost + phantom + differ > 0 || outcome.kills < kills;
  if (options.json ?? npm_config_json === 'true') console.log(JSON.stringify(outcome));
  else
    console.log(
      `${outcome.kills} 次终止，${acknowledged} 次写入已确认：丢失 ${lost}，凭空出现 ${phantom}，不一致 ${differ}。 / ${outcome.kills} kills, ${acknowledged} appends acknowledged: ${lost} lost, ${phantom} phantom, ${differ} differ.`,
    );
  process.exit(failed ? 1 : 0);
}

function whole(name: string, given: string | undefined): number | undefined {
  if (given === undefined || given === '') return undefined;
  const count = Number(given);
  if (!Number.isSafeInteger(count) || count < 1)
    program.error(`${name} 须为正整数，给的是“${given}”。 / ${name} must be a whole number from 1, not "${given}".`);
  return count;
}
