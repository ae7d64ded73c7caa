import { refuse, type Refusal } from '#contracts';

/** Of two erasures of one subject, or of a command that was quicker to be asked than to be stored. */
export function subjectErased(): Refusal {
  return refuse('conflict', 'subject-erased', {
    zh: '这个个人信息主体的信息已依法删除，不能再登记。',
    en: 'The personal data of this subject was erased by law; nothing more is stored about it.',
  });
}

export function storeUnavailable(): Refusal {
  return refuse('unready', 'event-store-unavailable', {
    zh: '事件库暂时没有应答，请稍后重试；办理请用同一个 Idempotency-Key。',
    en: 'The event store does not answer now; try again later, a command with the same Idempotency-Key.',
  });
}

export function viewsUnavailable(): Refusal {
  return refuse('unready', 'views-unavailable', {
    zh: '视图与密钥所在的 MongoDB 暂时没有应答，请稍后重试；办理请用同一个 Idempotency-Key。',
    en: 'The MongoDB of views and keys does not answer now; try again later, a command with the same Idempotency-Key.',
  });
}

/** The same command again is the same: it finds out. */
export function inDoubt(): Refusal {
  return refuse('unready', 'outcome-unknown', {
    zh: '事件库没有及时应答，尚不知是否已经记录；请用同一个 Idempotency-Key 重试，不会重复记录。',
    en: 'The event store did not answer in time, and it is not known whether it was recorded; retry with the same Idempotency-Key: it is never recorded twice.',
  });
}

export function contended(): Refusal {
  return refuse('conflict', 'contended', {
    zh: '同时办理的人太多，请重试。',
    en: 'Too many changed it at the same time; try again.',
  });
}

/** For a command that looks into a view which is being built, or was switched under it. */
export function viewIsUnready(): Refusal {
  return refuse('unready', 'view-behind', {
    zh: '视图尚未更新完毕，请稍后重试。',
    en: 'The view does not hold everything yet; try again shortly.',
  });
}

export function positionUnknown(position: number): Refusal {
  return refuse('invalid', 'position-unknown', {
    zh: `没有位置 ${position}；请使用命令答复中的 X-Gongkai-Position。`,
    en: `There is no position ${position}; use the X-Gongkai-Position of a command's answer.`,
  });
}
