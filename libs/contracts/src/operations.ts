import { z } from 'zod';
import { slug } from './common.js';
import { type EventOf, type EventTypes } from './events.js';
import { publicText } from './requests.js';

/** What an operator may order of a projection: libs/projections says what each does, and when it is refused. */
export const projectionOrders = [
  'rebuild',
  'verify',
  'switch',
  'rollback',
  'pause',
  'resume',
  'drop',
  'rebuild-key',
  'retry',
  'skip',
] as const;

const generation = z.number().int().min(1);
const position = z.number().int().min(1).describe('事件位置 / position of the event in the log');
const ordered = {
  projection: slug,
  reason: publicText(300).describe('原因，不含个人信息；与命令一起留存 / why, without personal data; it is kept'),
};

/** An order as it is given. Everyone who may order says why: it stands in the log with who and when. */
export const projectionOrder = z.discriminatedUnion('order', [
  z.strictObject({
    order: z.literal('rebuild'),
    ...ordered,
    parts: z.number().int().min(1).max(16).optional().describe('分几份同时重建 / parts built at the same time'),
    hold: z.boolean().optional().describe('核对后等待切换 / once verified wait for a switch'),
  }),
  z.strictObject({ order: z.literal('verify'), ...ordered, generation: generation.optional() }),
  z.strictObject({
    order: z.literal('switch'),
    ...ordered,
    generation: generation.optional(),
    force: z.boolean().optional().describe('未通过核对也切换 / also where it is not verified'),
  }),
  z.strictObject({ order: z.literal('rollback'), ...ordered }),
  z.strictObject({ order: z.literal('pause'), ...ordered }),
  z.strictObject({ order: z.literal('resume'), ...ordered }),
  z.strictObject({ order: z.literal('drop'), ...ordered, generation }),
  z.strictObject({ order: z.literal('rebuild-key'), ...ordered, key: z.string().min(1).max(250) }),
  z.strictObject({ order: z.literal('retry'), ...ordered, position }),
  z.strictObject({ order: z.literal('skip'), ...ordered, position }),
]);
export type ProjectionOrder = z.infer<typeof projectionOrder>;

/** Of the house as a whole: every room stores them, whoever holds the door. */
export const operationsEvents = {
  ProjectionOrdered: {
    version: 1,
    data: z.strictObject({
      projection: z.string(),
      order: z.enum(projectionOrders),
      reason: z.string(),
      generation: z.number().int().optional(),
      parts: z.number().int().optional(),
      hold: z.boolean().optional(),
      force: z.boolean().optional(),
      key: z.string().optional(),
      position: z.number().int().optional(),
    }),
  },
} satisfies EventTypes;
export type ProjectionOrdered = EventOf<typeof operationsEvents, 'ProjectionOrdered'>;
