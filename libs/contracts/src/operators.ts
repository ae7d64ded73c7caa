import { z } from 'zod';
import { command, type Operation, query } from './operation.js';
import { type ProjectionOrder, projectionOrder } from './operations.js';

/** Which room keeps which projection: an operator names the projection, the gateway asks its room. */
export const projectionRooms: Readonly<Record<string, string>> = {
  records: 'catalogue',
  channels: 'channels',
  requests: 'requests',
  'annual-report': 'statistics',
  'report-cases': 'statistics',
};

const names = Object.keys(projectionRooms);
const projection = z.enum(names, { error: `只能是 ${names.join('、')} / one of ${names.join(', ')}` }).describe('投影 / projection');
/** In an address a number is text. */
const whole = z.coerce.number().int().min(1);
const generation = whole.describe('代次 / number of the generation');
const position = whole.describe('事件的位置 / position of the event');

/** An order of `projectionOrder`, by the gateway: the projection and what else stands in the address are in it too. */
function order(name: ProjectionOrder['order'], title: Operation['title'], inAddress: Record<string, z.ZodType> = {}) {
  const option = projectionOrder.options.find(({ shape }) => shape.order.value === name)!;
  const { order: _, ...shape } = option.shape as Record<string, z.ZodType>;
  return command(`operations.projection.${name}`, ['operator'], title, { ...shape, projection, ...inAddress });
}

export const rebuildProjection = order('rebuild', { zh: '重建投影', en: 'rebuild a projection beside the live one' });
export const verifyProjection = order('verify', { zh: '核对投影', en: 'verify a projection' });
export const switchProjection = order('switch', { zh: '切换到就绪的一代', en: 'let readers see the ready generation' });
export const rollBackProjection = order('rollback', { zh: '退回上一代', en: 'go back to the generation before' });
export const pauseProjection = order('pause', { zh: '暂停投影', en: 'pause a projection' });
export const resumeProjection = order('resume', { zh: '恢复投影', en: 'resume a projection' });
export const rebuildKey = order('rebuild-key', { zh: '单独重建一个键', en: 'rebuild one key' });
export const dropGeneration = order('drop', { zh: '丢弃一代', en: 'drop a generation' }, { generation });
export const retryDeadLetter = order('retry', { zh: '重试死信', en: 'retry a dead letter and what waits behind it' }, { position });
export const skipDeadLetter = order('skip', { zh: '跳过死信', en: 'skip a dead letter' }, { position });

export const listProjections = query('operations.projection.list', ['operator'], { zh: '投影一览', en: 'all projections' }, {});
export const getProjection = query('operations.projection.get', ['operator'], { zh: '一个投影', en: 'one projection' }, { projection });
export const listDeadLetters = query(
  'operations.dead-letter.list',
  ['operator'],
  { zh: '死信一览', en: 'all dead letters' },
  { projection: projection.optional() },
);
export const getDeadLetter = query(
  'operations.dead-letter.get',
  ['operator'],
  { zh: '一封死信', en: 'one dead letter with its event' },
  { projection, position },
);
