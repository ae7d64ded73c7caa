import { addWorkingDays, CalendarUnknown } from '#calendar';
import {
  type answerRequest,
  type closeRequest,
  type confirmReceipt,
  isRefusal,
  refuse,
  type Refusal,
  type registerRequest,
  type requestStatuses,
} from '#contracts';
import { type Aggregate, dataSubjectOf, type Decision } from '#commands';
import type { z } from 'zod';
import type { Practices } from '../practice/practice.js';
import { periodFrom, receiptOf } from './receipt.js';
import type { RequestEvent } from './request.events.js';

export type RequestStatus = (typeof requestStatuses)[number];
type DataOf<T extends RequestEvent['type']> = Extract<RequestEvent, { type: T }>['data'];
export interface RequestState {
  status: 'none' | RequestStatus;
  registered: DataOf<'RequestRegistered'> | null;
  received: DataOf<'ReceiptConfirmed'> | null;
  answered: DataOf<'RequestAnswered'> | null;
  closedOn: string | null;
}

type Decide<O extends { input: z.ZodType }> = Decision<z.infer<O['input']>, RequestState, RequestEvent>;

export const request: Aggregate<RequestState, RequestEvent> = {
  stream: id => `requests.request-${id}`,
  initial: { status: 'none', registered: null, received: null, answered: null, closedOn: null },
  evolve(state, event) {
    switch (event.type) {
      case 'RequestRegistered':
        return { ...state, status: 'registered', registered: event.data };
      case 'ReceiptConfirmed':
        return { ...state, status: 'received', received: event.data };
      case 'RequestAnswered':
        return { ...state, status: 'answered', answered: event.data };
      case 'RequestClosed':
        return { ...state, status: 'closed', closedOn: event.data.closedOn };
      default:
        return state;
    }
  },
};

/**
 * A forwarded request (转交) keeps its origin and letter; its day of arrival is our own, not the forwarding body's. `named`: what is
 * held of the data subject that the command names, if it names one.
 */
export const register =
  (requestId: string, named: 'held' | 'erased' | 'none' = 'none'): Decide<typeof registerRequest> =>
  (command, state) => {
    const { path, form, applicantType, subject, forwarding, signedFor, applicant, occurredOn } = command;
    if (state.status !== 'none')
      return refuse('conflict', 'already-registered', { zh: '这件申请已经登记。', en: 'This request is registered already.' });
    if (path === 'forwarded' && !forwarding) {
      return refuse(
        'invalid',
        'forwarding-missing',
        { zh: '转交的申请须写明转交机关和日期。', en: 'A forwarded request names the body that forwarded it, and the day.' },
        { issues: [{ path: 'forwarding', zh: 'path 为 forwarded 时必填', en: 'required where path is forwarded' }] },
      );
    }
    if (path === 'direct' && forwarding) {
      return refuse(
        'invalid',
        'forwarding-unexpected',
        {
          zh: '直接收到的申请没有转交机关；若由其他机关转交，path 应为 forwarded。',
          en: 'A request received directly has no forwarding body; if it was forwarded, path is forwarded.',
        },
        { issues: [{ path: 'forwarding', zh: 'path 为 direct 时不填', en: 'leave out where path is direct' }] },
      );
    }
    if (forwarding && forwarding.on > occurredOn) {
      return refuse(
        'invalid',
        'forwarded-later',
        {
          zh: `转交日期 ${forwarding.on} 晚于到达本机关的日期（${occurredOn}）。`,
          en: `It was forwarded on ${forwarding.on}, after the day it reached this office (${occurredOn}).`,
        },
        { issues: [{ path: 'forwarding.on', zh: '不能晚于到达日', en: 'must not lie after the arrival' }] },
      );
    }
    if (command.dataSubject !== undefined && named !== 'held') return unusableSubject(named);
    return [
      {
        type: 'RequestRegistered',
        data: {
          requestId,
          path,
          form,
          applicantType,
          subject,
          arrivedOn: occurredOn,
          ...(forwarding ? { forwarding } : {}),
          signedFor,
          ...(applicant || command.dataSubject ? { dataSubject: dataSubjectOf(requestId, command) } : {}),
          ...(applicant ? { applicant } : {}),
        },
      },
    ];
  };

/** Registered is not received: which day counts, and until when to answer, is decided here, once. */
export const confirm =
  (practices: Practices): Decide<typeof confirmReceipt> =>
  (command, state) => {
    const wrong = onlyFrom(state, 'registered', '确认收到', 'confirming receipt');
    if (wrong) return wrong;
    const receipt = receiptOf(state.registered!, command.occurredOn, practices);
    if (isRefusal(receipt)) return receipt;
    const { receivedOn, rule } = receipt;
    const { workingDays } = periodFrom(receivedOn);
    const due = dueFrom(receivedOn, workingDays);
    if (isRefusal(due)) return due;
    const { path, form, subject } = state.registered!;
    return [
      {
        type: 'ReceiptConfirmed',
        data: {
          requestId: command.id,
          path,
          form,
          subject,
          receivedOn,
          workingDays,
          receiptRule: rule.zh,
          receiptRuleEn: rule.en,
          ...due,
        },
      },
    ];
  };

/** Late answers are answers: nothing is refused for being overdue, it is counted as late. */
export const answer: Decide<typeof answerRequest> = (command, state) => {
  const wrong = onlyFrom(state, 'received', '答复', 'answering');
  if (wrong) return wrong;
  const { path, form, subject, receivedOn, dueOn } = state.received!;
  const { id: requestId, outcome, note, occurredOn: answeredOn } = command;
  return [
    {
      type: 'RequestAnswered',
      data: { requestId, path, form, subject, outcome, receivedOn, dueOn, answeredOn, ...(note === undefined ? {} : { note }) },
    },
  ];
};

export const close: Decide<typeof closeRequest> = (command, state) =>
  onlyFrom(state, 'answered', '办结', 'closing') ?? [
    { type: 'RequestClosed', data: { requestId: command.id, closedOn: command.occurredOn } },
  ];

function dueFrom(receivedOn: string, workingDays: number) {
  try {
    return addWorkingDays(receivedOn, workingDays);
  } catch (error) {
    if (!(error instanceof CalendarUnknown)) throw error;
    return refuse('conflict', 'calendar-unknown', { zh: error.zh, en: error.en }, { detail: { year: error.year } });
  }
}

/** Only what the house itself gave an earlier request: a name of the asker's own choosing might tell who it is, for ever. */
function unusableSubject(named: 'erased' | 'none'): Refusal {
  if (named === 'erased') {
    return refuse('conflict', 'subject-erased', {
      zh: '这个个人信息主体的信息已依法删除，不能再登记；新的申请请不填 dataSubject。',
      en: 'The personal data of this subject was erased by law and cannot be added to; leave dataSubject out for a new request.',
    });
  }
  return refuse(
    'invalid',
    'subject-unknown',
    {
      zh: '没有这个 dataSubject；请用同一申请人此前申请的 dataSubject，新的申请人不填。',
      en: 'There is no such dataSubject; take it from an earlier request of the same applicant, or leave it out.',
    },
    { issues: [{ path: 'dataSubject', zh: '没有这个主体', en: 'unknown' }] },
  );
}

const statusWords: Record<RequestState['status'], string> = {
  none: '不存在',
  registered: '已登记、尚未确认收到',
  received: '已确认收到',
  answered: '已答复',
  closed: '已办结',
};

function onlyFrom(state: RequestState, needed: RequestStatus, zh: string, en: string): Refusal | undefined {
  if (state.status === 'none') return unknownRequest();
  if (state.status === needed) return undefined;
  return refuse(
    'conflict',
    `not-${needed}`,
    {
      zh: `这件申请${statusWords[state.status]}，不能${zh}；只有${statusWords[needed]}的申请才能${zh}。`,
      en: `The request is ${state.status}; ${en} needs it to be ${needed}.`,
    },
    { detail: { state: state.status } },
  );
}

export function unknownRequest(): Refusal {
  return refuse('missing', 'request-unknown', { zh: '没有这件申请。', en: 'There is no such request.' });
}
