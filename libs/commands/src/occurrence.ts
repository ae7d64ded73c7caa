import { type Actor, refuse, type Refusal } from '#contracts';
import type { StepInput } from './rules.js';

/**
 * When a step happened, and whether it may be said so: never in the future, never before the step before it, and a past day
 * (补录) only with a source, a reason and the role `backdater`.
 */
export function occurrence(
  step: StepInput,
  around: { today: string; previousOn: string | undefined; actor: Actor; house?: boolean },
): { occurredOn: string; backdated?: { source: string; reason: string } } | Refusal {
  const occurredOn =
    step.occurredOn ?? (around.previousOn !== undefined && around.previousOn > around.today ? around.previousOn : around.today);
  if (occurredOn > around.today) {
    return refuse(
      'invalid',
      'occurred-in-future',
      {
        zh: `发生日期 ${occurredOn} 在今天（${around.today}）之后；只能登记已经发生的事。`,
        en: `occurredOn ${occurredOn} lies after today (${around.today}); only what has happened can be recorded.`,
      },
      { issues: [{ path: 'occurredOn', zh: '不能晚于今天', en: 'must not lie in the future' }] },
    );
  }
  if (around.previousOn !== undefined && occurredOn < around.previousOn) {
    return refuse(
      'conflict',
      'before-previous-step',
      {
        zh: `发生日期 ${occurredOn} 早于上一步的 ${around.previousOn}。`,
        en: `occurredOn ${occurredOn} lies before the previous step, which was on ${around.previousOn}.`,
      },
      { detail: { previousOn: around.previousOn } },
    );
  }
  if (occurredOn === around.today || around.house) return { occurredOn };
  if (!around.actor.roles.includes('backdater')) {
    return refuse('forbidden', 'backdating-not-allowed', {
      zh: `补录过去的日期（${occurredOn}）需要 backdater 角色。`,
      en: `Recording a past day (${occurredOn}) needs the role backdater.`,
    });
  }
  if (!step.source || !step.reason) {
    return refuse(
      'invalid',
      'backdating-unexplained',
      {
        zh: '补录过去的日期须写明来源（source）和原因（reason）。',
        en: 'Recording a past day needs its source and a reason.',
      },
      {
        issues: (['source', 'reason'] as const)
          .filter(field => !step[field])
          .map(field => ({ path: field, zh: '补录时必填', en: 'required when recording a past day' })),
      },
    );
  }
  return { occurredOn, backdated: { source: step.source, reason: step.reason } };
}
