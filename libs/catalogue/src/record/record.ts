import type {
  approveRecord,
  collectRecord,
  firstReviewRecord,
  publishRecord,
  RecordStatus,
  returnRecord,
  reviseRecord,
  secrecyReviewRecord,
  submitRecord,
  withdrawRecord,
} from '#contracts';
import { refuse, type Refusal } from '#contracts';
import type { Aggregate, Decision } from '#commands';
import type { z } from 'zod';
import type { RecordEvent, RecordFields } from './record.events.js';

export interface RecordState {
  status: 'none' | RecordStatus;
  fields: RecordFields | null;
  /** Whoever wrote the draft that is under way: none of them may clear it for secrecy. */
  authors: readonly string[];
  published: {
    indexNumber: string;
    firstPublishedOn: string;
    category: RecordFields['category'];
    content: RecordFields['content'];
  } | null;
}

type Input<O extends { input: z.ZodType }> = z.infer<O['input']>;
type Decide<O extends { input: z.ZodType }> = Decision<Input<O>, RecordState, RecordEvent>;

export const record: Aggregate<RecordState, RecordEvent> = {
  stream: id => `catalogue.record-${id}`,
  initial: { status: 'none', fields: null, authors: [], published: null },
  evolve(state, event) {
    switch (event.type) {
      case 'RecordCollected': {
        const { recordId: _, by, ...fields } = event.data;
        return { ...state, status: 'collected', fields, authors: [by] };
      }
      case 'RecordFirstReviewed':
        return { ...state, status: 'first-reviewed' };
      case 'RecordSubmitted':
        return { ...state, status: 'submitted' };
      case 'RecordSecrecyCleared':
        return { ...state, status: 'secrecy-cleared' };
      case 'RecordApproved':
        return { ...state, status: 'approved' };
      case 'RecordPublished': {
        const { indexNumber, firstPublishedOn, category, content } = event.data;
        return { ...state, status: 'published', authors: [], published: { indexNumber, firstPublishedOn, category, content } };
      }
      case 'RecordRevised':
        return {
          ...state,
          status: 'collected',
          // No field of a stored revision is undefined: it is there, or it is not.
          fields: state.fields && { ...state.fields, ...(event.data.changes as Partial<RecordFields>) },
          authors: [...state.authors, event.data.by],
        };
      case 'RecordReturned':
        return { ...state, status: 'returned' };
      case 'RecordWithdrawn':
        return { ...state, status: 'withdrawn' };
      default:
        return state;
    }
  },
};

export const collect =
  (recordId: string): Decide<typeof collectRecord> =>
  ({ actor, today, occurredOn, source: _s, reason: _r, ...fields }, state) => {
    if (state.status !== 'none')
      return refuse('conflict', 'already-collected', { zh: '这条信息已经采集。', en: 'This record is collected already.' });
    if (!fields.body && !fields.attachment) {
      return refuse(
        'invalid',
        'content-missing',
        { zh: '正文和附件至少填一项。', en: 'A record needs a body or an attachment.' },
        { issues: [{ path: 'body', zh: '正文或附件必填其一', en: 'body or attachment is required' }] },
      );
    }
    if (fields.formedOn > occurredOn) return formedLater(fields.formedOn, occurredOn, today);
    return [{ type: 'RecordCollected', data: { recordId, by: actor.person, ...fields } }];
  };

export const firstReview: Decide<typeof firstReviewRecord> = (command, state) =>
  onlyFrom(state, ['collected'], '初审', 'first review') ?? [{ type: 'RecordFirstReviewed', data: { recordId: command.id } }];

export const submit: Decide<typeof submitRecord> = (command, state) =>
  onlyFrom(state, ['first-reviewed'], '上报', 'submission') ?? [{ type: 'RecordSubmitted', data: { recordId: command.id } }];

/** Secrecy review (保密审查; 2008 Art. 14, 2019 Art. 17) by another person than those who collected or revised: four eyes. */
export const secrecyReview: Decide<typeof secrecyReviewRecord> = (command, state) => {
  const wrong = onlyFrom(state, ['submitted'], '保密审查', 'secrecy review');
  if (wrong) return wrong;
  if (state.authors.includes(command.actor.person)) {
    return refuse('conflict', 'own-secrecy-review', {
      zh: '采集或修订过这条信息的人不能自己做保密审查，请由另一人审查。',
      en: 'Whoever collected or revised a record may not pass its secrecy review; another person must.',
    });
  }
  return [{ type: 'RecordSecrecyCleared', data: { recordId: command.id, finding: command.finding } }];
};

export const approve: Decide<typeof approveRecord> = (command, state) =>
  onlyFrom(state, ['secrecy-cleared'], '审批', 'approval') ?? [{ type: 'RecordApproved', data: { recordId: command.id } }];

export const publish =
  (indexNumber: string): Decide<typeof publishRecord> =>
  (command, state) => {
    const wrong = onlyFrom(state, ['approved'], '发布', 'publication');
    if (wrong) return wrong;
    const { unit, title, category, topic, content, documentNumber, formedOn } = state.fields!;
    return [
      {
        type: 'RecordPublished',
        data: {
          recordId: command.id,
          indexNumber: state.published?.indexNumber ?? indexNumber,
          first: state.published === null,
          unit,
          title,
          category,
          previousCategory: state.published?.category ?? category,
          topic,
          content,
          previousContent: state.published?.content ?? content,
          ...(documentNumber === undefined ? {} : { documentNumber }),
          formedOn,
          firstPublishedOn: state.published?.firstPublishedOn ?? command.occurredOn,
          publishedOn: command.occurredOn,
        },
      },
    ];
  };

/** A published record's revision is a draft beside it: what the public sees changes when the draft is published in its turn. */
export const revise: Decide<typeof reviseRecord> = (
  { id, why, actor, today, occurredOn, source: _s, reason: _r, ...changes },
  state,
) => {
  const wrong = onlyFrom(state, ['collected', 'returned', 'published'], '修订', 'revision');
  if (wrong) return wrong;
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Partial<RecordFields>;
  if (Object.keys(given).length === 0) {
    return refuse(
      'invalid',
      'nothing-revised',
      { zh: '没有给出要修订的内容。', en: 'The revision names no field to change.' },
      { issues: [{ path: '', zh: '至少改一项', en: 'change at least one field' }] },
    );
  }
  if (given.formedOn !== undefined && given.formedOn > occurredOn) return formedLater(given.formedOn, occurredOn, today);
  return [{ type: 'RecordRevised', data: { recordId: id, changes: given, why, by: actor.person } }];
};

export const giveBack: Decide<typeof returnRecord> = (command, state) =>
  onlyFrom(state, ['first-reviewed', 'submitted', 'secrecy-cleared', 'approved', 'collected'], '退回', 'return') ?? [
    { type: 'RecordReturned', data: { recordId: command.id, why: command.why } },
  ];

export const withdraw: Decide<typeof withdrawRecord> = (command, state) => {
  if (state.status === 'none') return unknownRecord();
  if (!state.published || state.status === 'withdrawn') {
    return refuse('conflict', state.status === 'withdrawn' ? 'already-withdrawn' : 'not-published', {
      zh: state.status === 'withdrawn' ? '这条信息已经撤回。' : '只有已发布的信息才能撤回；未发布的请退回。',
      en:
        state.status === 'withdrawn'
          ? 'This record is withdrawn already.'
          : 'Only a published record can be withdrawn; return an unpublished one.',
    });
  }
  const { category, content, firstPublishedOn } = state.published;
  return [
    {
      type: 'RecordWithdrawn',
      data: { recordId: command.id, category, content, firstPublishedOn, withdrawnOn: command.occurredOn, why: command.why },
    },
  ];
};

const statusWords: Record<RecordState['status'], string> = {
  none: '不存在',
  collected: '已采集',
  'first-reviewed': '已初审',
  submitted: '已上报',
  'secrecy-cleared': '已通过保密审查',
  approved: '已审批',
  published: '已发布',
  returned: '已退回',
  withdrawn: '已撤回',
};

function onlyFrom(state: RecordState, allowed: readonly RecordState['status'][], zh: string, en: string): Refusal | undefined {
  if (state.status === 'none') return unknownRecord();
  if (allowed.includes(state.status)) return undefined;
  return refuse(
    'conflict',
    `not-${allowed[0]}`,
    {
      zh: `这条信息${statusWords[state.status]}，不能${zh}；须先${allowed.map(status => statusWords[status]).join('或')}。`,
      en: `The record is ${state.status}; ${en} needs it to be ${allowed.join(' or ')}.`,
    },
    { detail: { state: state.status } },
  );
}

function formedLater(formedOn: string, occurredOn: string, today: string): Refusal {
  return refuse(
    'invalid',
    'formed-later',
    {
      zh: `成文日期 ${formedOn} 晚于${occurredOn === today ? '今天' : '发生日期'}（${occurredOn}）。`,
      en: `formedOn ${formedOn} lies after the day of this step (${occurredOn}).`,
    },
    { issues: [{ path: 'formedOn', zh: '不能晚于采集日', en: 'must not be later than the step' }] },
  );
}

export function unknownRecord(): Refusal {
  return refuse('missing', 'record-unknown', { zh: '没有这条信息。', en: 'There is no such record.' });
}
