import type { Actor, DueExplanation, listReceiptPractices, listRequests, Page, Task } from '#contracts';
import type { View } from '#projections';
import type { z } from 'zod';
import { periodFrom } from '../request/receipt.js';
import type { RequestState, RequestStatus } from '../request/request.js';
import type { PracticeDoc, RequestDoc } from './requests.js';

export const requestPages = {
  async latest(
    view: View,
    { status, path, dueBefore, limit, after }: z.infer<(typeof listRequests)['input']>,
  ): Promise<Page<RequestDoc>> {
    const where = { status, path, ...(dueBefore === undefined ? {} : { dueOn: { lt: dueBefore } }) };
    const { items, next } = await view.find<RequestDoc>('requests', { where, sort: [['arrivedOn', 'desc']], limit, after });
    return { total: await view.count('requests', { where }), items, next };
  },

  async practices(view: View, { limit, after }: z.infer<(typeof listReceiptPractices)['input']>): Promise<Page<PracticeDoc>> {
    const { items, next } = await view.find<PracticeDoc>('practices', { sort: [['from', 'desc']], limit, after });
    return { total: await view.count('practices'), items, next };
  },
};

/** One request as an officer sees it; the due date comes with its reasons. */
export function requestShown({ status, registered, received, answered, closedOn }: RequestState) {
  const { requestId: _id, applicant: _applicant, ...asRegistered } = registered!;
  return {
    status,
    ...asRegistered,
    ...(received && { receivedOn: received.receivedOn, dueOn: received.dueOn, explanation: explanationOf(received) }),
    ...(answered && {
      outcome: answered.outcome,
      ...(answered.note === undefined ? {} : { note: answered.note }),
      answeredOn: answered.answeredOn,
      // The due day itself is in time: the period ends with the end of that day.
      inTime: answered.answeredOn <= answered.dueOn,
    }),
    ...(closedOn === null ? {} : { closedOn }),
  };
}

function explanationOf({
  receivedOn,
  dueOn,
  workingDays,
  receiptRule,
  receiptRuleEn,
  skipped,
  workedWeekends,
}: NonNullable<RequestState['received']>): DueExplanation {
  return {
    receivedOn,
    receiptRule: { zh: receiptRule, en: receiptRuleEn },
    law: periodFrom(receivedOn).law,
    workingDays,
    dueOn,
    skipped,
    workedWeekends,
  };
}

const nextSteps: Partial<Record<RequestStatus, string>> = {
  registered: 'confirm-receipt',
  received: 'answer',
  answered: 'close',
};
const tasksMax = 500;

/** What waits for the request officers. Only an answer has a day in law (2008 Art. 24, 2019 Art. 33). */
export async function tasksOf(view: View, actor: Actor, today: string): Promise<Task[]> {
  if (!actor.roles.includes('request-officer') && !actor.roles.includes('auditor')) return [];
  const { items } = await view.find<RequestDoc>('requests', {
    where: { status: { in: Object.keys(nextSteps) } },
    sort: [['arrivedOn', 'asc']],
    limit: tasksMax,
  });
  return items.map(item => {
    const dueOn = item.status === 'received' ? (item.dueOn ?? null) : null;
    return {
      room: 'requests',
      kind: nextSteps[item.status]!,
      id: item.id,
      title: item.subject,
      roles: ['request-officer'],
      since: item.since,
      dueOn,
      overdue: dueOn !== null && dueOn < today,
      href: `/api/v1/requests/${item.id}`,
    };
  });
}
