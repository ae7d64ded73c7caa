import type { confirmDelivery, deliveryStatuses, failDelivery, recallDelivery } from '#contracts';
import { refuse, type Refusal } from '#contracts';
import type { Aggregate, Decision, StepInput } from '#commands';
import type { z } from 'zod';
import type { Column } from '../channel/channel.events.js';
import type { DeliveryEvent, Dispatch } from './delivery.events.js';

export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface DeliveryState {
  status: 'none' | DeliveryStatus;
  channelId: string | null;
  /** A version of the record is known to be up: a failed second delivery does not take the first one down. */
  up: boolean;
  recordRevision: number;
}

type Input<O extends { input: z.ZodType }> = z.infer<O['input']>;
type Decide<C> = Decision<C, DeliveryState, DeliveryEvent>;

export const delivery: Aggregate<DeliveryState, DeliveryEvent> = {
  stream: id => `channels.delivery-${id}`,
  initial: { status: 'none', channelId: null, up: false, recordRevision: -1 },
  evolve(state, event) {
    switch (event.type) {
      case 'DeliveryQueued':
        return { ...state, status: 'queued', channelId: event.data.channelId, recordRevision: event.data.recordRevision };
      case 'DeliveryConfirmed':
        return { ...state, status: 'delivered', up: true };
      case 'DeliveryFailed':
        return { ...state, status: 'failed' };
      case 'DeliveryRecallRequested':
        return { ...state, status: 'recall-requested', recordRevision: event.data.recordRevision };
      case 'DeliveryRecalled':
        return { ...state, status: 'recalled', up: false };
      default:
        return state;
    }
  },
};

export type QueueDelivery = StepInput & Dispatch & { id: string; automatic: boolean };
export type RequestRecall = StepInput & { id: string; recordRevision: number; automatic: boolean; why: string };

/** Every publication is queued, whatever became of the one before: what is up shall be the version in force. */
export const queue: Decide<QueueDelivery> = (command, state) => {
  if (command.recordRevision <= state.recordRevision) return knownAlready();
  const { id: deliveryId, recordId, channelId, title, category, publishedOn, recordRevision, automatic } = command;
  return [
    { type: 'DeliveryQueued', data: { deliveryId, recordId, channelId, title, category, publishedOn, recordRevision } },
    ...(automatic ? [{ type: 'DeliveryConfirmed' as const, data: { deliveryId } }] : []),
  ];
};

/** The record left this channel or was withdrawn. Where nothing is up, there is nothing for a person to take down. */
export const requestRecall: Decide<RequestRecall> = ({ id: deliveryId, recordRevision, automatic, why }, state) => {
  if (recordRevision <= state.recordRevision) return knownAlready();
  if (state.status === 'none' || state.status === 'recalled' || state.status === 'recall-requested') return nothingToRecall();
  const atOnce = automatic || (state.status === 'failed' && !state.up);
  return [
    { type: 'DeliveryRecallRequested', data: { deliveryId, recordRevision, why } },
    ...(atOnce ? [{ type: 'DeliveryRecalled' as const, data: { deliveryId } }] : []),
  ];
};

export const confirm =
  (columns: readonly Column[]): Decide<Input<typeof confirmDelivery>> =>
  ({ id, column }, state) => {
    const wrong = onlyFrom(state, ['queued', 'failed'], '确认送达', 'confirming');
    if (wrong) return wrong;
    if (column === undefined) return [{ type: 'DeliveryConfirmed', data: { deliveryId: id } }];
    const named = columns.find(one => one.name === column);
    if (!named) {
      return refuse(
        'invalid',
        'column-unknown',
        { zh: `渠道没有栏目“${column}”。`, en: `The channel has no column "${column}".` },
        {
          issues: [{ path: 'column', zh: '不是该渠道的栏目', en: 'not a column of the channel' }],
        },
      );
    }
    if (named.interactive) {
      return refuse('conflict', 'interactive-column', {
        zh: `“${column}”是互动栏目，互动栏目不放信息。`,
        en: `"${column}" is an interactive column; those hold no records.`,
      });
    }
    return [{ type: 'DeliveryConfirmed', data: { deliveryId: id, column } }];
  };

export const fail: Decide<Input<typeof failDelivery>> = (command, state) =>
  onlyFrom(state, ['queued'], '登记失败', 'noting a failure') ?? [
    { type: 'DeliveryFailed', data: { deliveryId: command.id, why: command.why } },
  ];

export const recall: Decide<Input<typeof recallDelivery>> = (command, state) =>
  onlyFrom(state, ['recall-requested'], '确认撤下', 'confirming a recall') ?? [
    { type: 'DeliveryRecalled', data: { deliveryId: command.id } },
  ];

const statusWords: Record<DeliveryStatus, string> = {
  queued: '待送达',
  delivered: '已送达',
  failed: '送达失败',
  'recall-requested': '待撤下',
  recalled: '已撤下',
};

function onlyFrom(state: DeliveryState, allowed: readonly DeliveryStatus[], zh: string, en: string): Refusal | undefined {
  if (state.status === 'none') return unknownDelivery();
  if (allowed.includes(state.status)) return undefined;
  return refuse(
    'conflict',
    `not-${allowed[0]}`,
    {
      zh: `这项送达${statusWords[state.status]}，不能${zh}；须为${allowed.map(status => statusWords[status]).join('或')}。`,
      en: `The delivery is ${state.status}; ${en} needs it to be ${allowed.join(' or ')}.`,
    },
    { detail: { state: state.status } },
  );
}

export function unknownDelivery(): Refusal {
  return refuse('missing', 'delivery-unknown', { zh: '没有这项送达。', en: 'There is no such delivery.' });
}

function knownAlready(): Refusal {
  return refuse('conflict', 'publication-known', {
    zh: '这次发布或更晚的发布已经处理。',
    en: 'This publication, or a later one, is dealt with already.',
  });
}

function nothingToRecall(): Refusal {
  return refuse('conflict', 'nothing-to-recall', { zh: '没有需要撤下的内容。', en: 'There is nothing to take down.' });
}
