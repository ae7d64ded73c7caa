import { z } from 'zod';
import { page, slug } from './common.js';
import { command, type Operation, query } from './operation.js';
import { type ProjectionOrder, projectionOrder } from './operations.js';

/** Which room keeps which projection: an operator names the projection, and its room is asked. */
export const projectionRooms: Readonly<Record<string, string>> = {
  records: 'catalogue',
  channels: 'channels',
  requests: 'requests',
  'annual-report': 'statistics',
  'report-cases': 'statistics',
};

/** What operators ask is answered alike by every room, each for what it keeps: `<room>.projection.list`. */
export function inRoom<O extends Operation>(operation: O, room: string): O {
  return { ...operation, subject: operation.subject.replace(ofOperators, `${room}.`) };
}
export function isForOperators({ subject }: Operation): boolean {
  return ofOperators.test(subject);
}
const ofOperators = /^operations\./;

/** How long an operator waits: to count a long log again takes its time. */
export const operatorsDeadlineMs = 60_000;

const projection = slug.describe(`视图：${Object.keys(projectionRooms).join('、')} / projection`);
/** In an address a number is text. */
const whole = z.coerce.number().int().min(1);
const generation = whole.describe('第几代 / number of the generation');
const position = whole.describe('事件位置 / position of the event in the log');

/** An order of `projectionOrder`, with the projection and what else stands in the address. */
function order(name: ProjectionOrder['order'], title: Operation['title'], inAddress: Record<string, z.ZodType> = {}) {
  const { shape } = projectionOrder.options.find(option => option.shape.order.value === name)!;
  const { order: _, ...fields }: Record<string, z.ZodType> = shape;
  return command(`operations.projection.${name}`, ['operator'], title, { ...fields, projection, ...inAddress });
}

export const rebuildProjection = order('rebuild', { zh: '重建视图', en: 'rebuild a projection beside the live one' });
export const verifyProjection = order('verify', { zh: '核对视图', en: 'verify a projection' });
export const switchProjection = order('switch', { zh: '启用就绪的一代', en: 'let readers see the generation that is ready' });
export const rollBackProjection = order('rollback', { zh: '回到切换前的一代', en: 'go back to the generation before' });
export const pauseProjection = order('pause', { zh: '暂停视图', en: 'pause a projection' });
export const resumeProjection = order('resume', { zh: '恢复视图', en: 'resume a projection' });
export const rebuildKey = order('rebuild-key', { zh: '只重算一个键', en: 'rebuild one key' });
export const dropGeneration = order('drop', { zh: '删除一代', en: 'drop a generation' }, { generation });
export const retryDeadLetter = order(
  'retry',
  { zh: '重试死信', en: 'retry a dead letter and what waits behind it' },
  { position },
);
export const skipDeadLetter = order('skip', { zh: '跳过死信', en: 'skip a dead letter' }, { position });

export const listProjections = query('operations.projection.list', ['operator'], { zh: '视图一览', en: 'all projections' }, {});
export const getProjection = query(
  'operations.projection.get',
  ['operator'],
  {
    zh: '一个视图：状态、完整性证明与最近的命令',
    en: 'one projection: how it stands, the proof that nothing is missing, its last orders',
  },
  { projection },
);
export const getProjectionAsOf = query(
  'operations.projection.as-of',
  ['operator'],
  { zh: '当时的视图', en: 'a projection as it was' },
  {
    projection,
    position: z.coerce.number().int().min(0).optional().describe('到日志的这个位置 / up to this place in the log'),
    instant: z.string().max(40).optional().describe('到这一时刻已记录的 / what had been recorded by then'),
    date: z.string().max(40).optional().describe('到这一天已发生的 / what had happened by that day'),
    collection: z.string().max(100).optional().describe('列出其中的文档；不写则只计数 / its documents; absent: counts'),
    id: z.string().max(250).optional().describe('只要这一份文档 / this document alone'),
    ...page,
  },
);

/** States of a dead letter, worst first. */
export const deadLetterStates = ['blocking', 'parked', 'waiting', 'skipped', 'applied'] as const;

export const listDeadLetters = query(
  'operations.dead-letter.list',
  ['operator'],
  { zh: '死信一览', en: 'dead letters' },
  {
    projection: projection.optional(),
    state: z.enum(deadLetterStates).optional().describe('默认：待处理的三种 / by default the three that wait for somebody'),
    limit: page.limit,
  },
);
export const getDeadLetter = query(
  'operations.dead-letter.get',
  ['operator'],
  { zh: '一封死信，连同事件', en: 'a dead letter with its event, in each generation that has it' },
  { projection, position },
);
