import { type attestFigure, refuse, type withdrawAttestation } from '#contracts';
import type { Aggregate, Decision } from '#commands';
import type { z } from 'zod';
import { template } from '../report/template.js';
import { notBegun } from '../report/year.js';
import type { AttestationEvent } from './attestation.events.js';

export interface AttestationState {
  standing: boolean;
  ever: { year: number; key: string } | null;
}

export const attestation: Aggregate<AttestationState, AttestationEvent> = {
  stream: id => `statistics.attestation-${id}`,
  initial: { standing: false, ever: null },
  evolve(state, event) {
    switch (event.type) {
      case 'FigureAttested':
        return { standing: true, ever: { year: event.data.year, key: event.data.key } };
      case 'AttestationWithdrawn':
        return { ...state, standing: false };
      default:
        return state;
    }
  },
};

export function attestationId(year: number, key: string): string {
  return `${year}.${key}`;
}

/** Stating a figure again replaces it; what was said before stays in the history. */
export const attest: Decision<z.infer<(typeof attestFigure)['input']>, AttestationState, AttestationEvent> = command => {
  const { year, key, value, qualifier, scope, source, saidBy, statedOn, today } = command;
  const figure = template.find(one => one.key === key);
  if (figure?.kind !== 'attested') {
    const attestable = template.filter(one => one.kind === 'attested').map(one => one.key);
    return refuse(
      'invalid',
      figure ? 'figure-derived' : 'figure-unknown',
      {
        zh: figure
          ? `“${figure.label}”由事项逐条统计，不能陈述。`
          : `报告里没有 ${key} 这个数。可陈述的有：${attestable.join('、')}。`,
        en: figure
          ? `"${key}" is counted from its cases and cannot be attested.`
          : `The report has no figure ${key}. These can be attested: ${attestable.join(', ')}.`,
      },
      { issues: [{ path: 'key', zh: '不可陈述', en: 'cannot be attested' }] },
    );
  }
  const early = notBegun(year, today);
  if (early) return early;
  if (statedOn < `${year}-01-01`) {
    return refuse(
      'invalid',
      'stated-before-year',
      { zh: `陈述日期 ${statedOn} 早于 ${year} 年。`, en: `statedOn ${statedOn} lies before the year ${year}.` },
      { issues: [{ path: 'statedOn', zh: '早于所陈述的年度', en: 'before the year it tells of' }] },
    );
  }
  if (statedOn > today) {
    return refuse(
      'invalid',
      'stated-in-future',
      { zh: `陈述日期 ${statedOn} 在今天之后。`, en: `statedOn ${statedOn} lies in the future.` },
      { issues: [{ path: 'statedOn', zh: '不能晚于今天', en: 'must not lie in the future' }] },
    );
  }
  return [{ type: 'FigureAttested', data: { year, key, value, qualifier, scope, source, saidBy, statedOn } }];
};

export const withdrawStatement: Decision<z.infer<(typeof withdrawAttestation)['input']>, AttestationState, AttestationEvent> = (
  command,
  state,
) => {
  if (!state.ever) return unknownAttestation();
  if (!state.standing)
    return refuse('conflict', 'already-withdrawn', { zh: '这个陈述数已经撤销。', en: 'This statement is withdrawn already.' });
  return [{ type: 'AttestationWithdrawn', data: { ...state.ever, why: command.why } }];
};

export function unknownAttestation() {
  return refuse('missing', 'attestation-unknown', { zh: '没有这个陈述数。', en: 'There is no such attested figure.' });
}
