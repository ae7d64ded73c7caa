import { type endCommitment, type makeCommitment, refuse, type Refusal } from '#contracts';
import type { Aggregate, Decision } from '#commands';
import type { z } from 'zod';
import { unknownChannel } from '../channel/channel.js';
import type { Commitment, CommitmentEvent } from './commitment.events.js';

export type CommitmentState = { made: Commitment | null; ended: boolean };

export const commitment: Aggregate<CommitmentState, CommitmentEvent> = {
  stream: id => `channels.commitment-${id}`,
  initial: { made: null, ended: false },
  evolve(state, event) {
    switch (event.type) {
      case 'CommitmentMade':
        return { ...state, made: event.data };
      case 'CommitmentEnded':
        return { ...state, ended: true };
      default:
        return state;
    }
  },
};

export const make =
  (
    commitmentId: string,
    known: { unit: boolean; channels: ReadonlySet<string> },
  ): Decision<z.infer<(typeof makeCommitment)['input']>, CommitmentState, CommitmentEvent> =>
  ({ unit, text, channels, from, to }) => {
    if (!known.unit)
      return refuse('missing', 'unit-unknown', {
        zh: `没有单位 ${unit}，请先登记单位。`,
        en: `There is no unit ${unit}; register it first.`,
      });
    const strange = channels.find(id => !known.channels.has(id));
    if (strange !== undefined) return unknownChannel(strange);
    if (to !== undefined && to < from) {
      return refuse(
        'invalid',
        'commitment-reversed',
        { zh: '承诺的结束日期早于开始日期。', en: 'The commitment ends before it begins.' },
        {
          issues: [{ path: 'to', zh: '不能早于 from', en: 'must not lie before from' }],
        },
      );
    }
    const data = { commitmentId, unit, text, channels: [...new Set(channels)], from };
    return [{ type: 'CommitmentMade', data: { ...data, ...(to === undefined ? {} : { to }) } }];
  };

export const end: Decision<z.infer<(typeof endCommitment)['input']>, CommitmentState, CommitmentEvent> = (command, state) => {
  if (!state.made) return unknownCommitment();
  if (state.ended)
    return refuse('conflict', 'already-ended', { zh: '这项承诺已经终止。', en: 'This commitment has ended already.' });
  return [{ type: 'CommitmentEnded', data: { commitmentId: command.id, endedOn: command.occurredOn, why: command.why } }];
};

export function unknownCommitment(): Refusal {
  return refuse('missing', 'commitment-unknown', { zh: '没有这项公开承诺。', en: 'There is no such commitment.' });
}
