import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { isRefusal, type ProjectionOrder } from '#contracts';
import { newCommandId } from '#commands';
import { type BuildProgress, operate, type Outcome } from '#projections';
import { print, withFiles } from '../files.js';
import { operator, withOperations } from '../operator.js';
import { progressBar } from '../progress.js';
import { BadUsage } from '../usage.js';
import { projectionNamed, tellRefusal } from './room.js';

interface Given {
  reason?: string;
  json?: boolean;
}

/** Where nothing that readers see can become worse by it, why may be left unsaid: it is recorded that nobody said. */
const unsaid = {
  rebuild: '运维人员要求重建',
  verify: '运维人员要求核对',
  switch: '运维人员要求切换',
  resume: '运维人员要求恢复',
  'rebuild-key': '运维人员要求单独重建',
  retry: '运维人员要求重试',
} satisfies Partial<Record<ProjectionOrder['order'], string>>;

type Rebuild = Given & { hold?: boolean; parts?: number; begin?: boolean };

export const rebuild = (projection: string, { hold, parts, begin, ...given }: Rebuild) =>
  order({ order: 'rebuild', projection, hold, parts }, given, begin ?? false);

export const verify = (projection: string, { generation, ...given }: Given & { generation?: number }) =>
  order({ order: 'verify', projection, generation }, given);

export const switchTo = (
  projection: string,
  { generation, force, ...given }: Given & { generation?: number; force?: boolean },
) => {
  if (force && given.reason === undefined) {
    throw new BadUsage('强制切换（--force）须用 --reason 写明原因。', 'A forced switch needs its reason: --reason <text>.');
  }
  return order({ order: 'switch', projection, generation, force }, given);
};

export const rollBack = (projection: string, given: Given) => order({ order: 'rollback', projection }, given);
export const pause = (projection: string, given: Given) => order({ order: 'pause', projection }, given);
export const resume = (projection: string, given: Given) => order({ order: 'resume', projection }, given);
export const drop = (projection: string, generation: number, given: Given) =>
  order({ order: 'drop', projection, generation }, given);
export const rebuildKey = (projection: string, key: string, given: Given) =>
  order({ order: 'rebuild-key', projection, key }, given);
export const retry = (projection: string, position: number, given: Given) =>
  order({ order: 'retry', projection, position }, given);
export const skip = (projection: string, position: number, given: Given) => order({ order: 'skip', projection, position }, given);

/** An order as typed: what was left out is undefined. */
type Typed = { order: ProjectionOrder['order']; projection: string } & Record<string, unknown>;

/** Interrupted, a rebuild stays where it is: the same again, or a running service, goes on there. */
async function order(typed: Typed, { reason, json }: Given, begin = false): Promise<void> {
  const known = projectionNamed(typed.projection);
  if (isRefusal(known)) return tellRefusal(json, known);
  const asked = Object.fromEntries(
    Object.entries({
      reason: unsaid[typed.order as keyof typeof unsaid],
      ...typed,
      ...(reason === undefined ? {} : { reason }),
    }).filter(([, value]) => value !== undefined),
  );
  await withFiles(files =>
    withOperations(files, known.room, async operations => {
      const { person, name } = operator();
      const envelope = { person, name, correlationId: randomUUID(), commandId: newCommandId(operations.now()) };
      const bar = progressBar(typed.projection);
      let begun = false;
      const progress = ({ done, total, events }: BuildProgress) => {
        // Before that there is nothing that would stay.
        if (!begun) process.once('SIGINT', interrupted);
        begun = true;
        bar.at(done, total, events);
      };
      const outcome = await operate(operations, asked, envelope, { begin, progress }).finally(() => {
        bar.stop();
        process.off('SIGINT', interrupted);
      });
      if (isRefusal(outcome)) return tellRefusal(json, outcome);
      if (!outcome.ok) process.exitCode = 1;
      print(json, outcome, [`${typed.projection}：${outcome.zh} / ${outcome.en}`, ...compared(outcome)]);
    }),
  );
}

/** At once, as if nobody had listened: what is under way in threads is not waited for. */
function interrupted(): void {
  writeSync(
    process.stderr.fd,
    '\n已中断。建成的部分留在原处：再执行一次，或由运行中的服务接着做完；不要了用 drop 删除。 / Interrupted. What was built stays: the same again, or a service that runs, goes on there to the end; drop takes it away.\n',
  );
  process.kill(process.pid, 'SIGINT');
}

/** Old against new, a line per collection. */
function compared({ verification }: Outcome): string[] {
  const { against } = verification ?? {};
  if (!against) return [];
  const { generation, collections, examples } = against;
  return [
    `  与第 ${generation} 代相比 / against generation ${generation}:`,
    ...Object.entries(collections).map(
      ([name, { here, there, added, gone, changed }]) =>
        `    ${name}  ${there} → ${here}  新增 / added ${added}  消失 / gone ${gone}  改变 / changed ${changed}`,
    ),
    ...examples.map(example => `    ${example}`),
  ];
}
