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

export function cursorInvalid(): Refusal {
  return refuse(
    'invalid',
    'cursor-invalid',
    { zh: '翻页游标无效，请从第一页重新开始。', en: 'The cursor is not valid; begin with the first page.' },
    { issues: [{ path: 'after', zh: '不是本列表给出的游标', en: 'not a cursor of this list' }] },
  );
}

export function projectionNotHere(name: string, room: string): Refusal {
  return refuse('missing', 'projection-unknown', {
    zh: `${room} 没有视图 ${name}。`,
    en: `There is no projection ${name} in ${room}.`,
  });
}

/** What was begun stays: the same command goes on with it. */
export function orderUnfinished(): Refusal {
  return refuse('unready', 'order-unfinished', {
    zh: '没有在限定时间内完成，已做的仍然有效；请用同一个 Idempotency-Key 重试，或用 ops 命令行。',
    en: 'It was not finished in time, and what was done stays; retry with the same Idempotency-Key, or use the ops command line.',
  });
}

export function asOfBusy(): Refusal {
  return refuse('unready', 'as-of-busy', {
    zh: '正在重算另一个当时的视图，请稍后重试。',
    en: 'Another view is being folded as it was; try again shortly.',
  });
}

export function asOfBlocked(position: number): Refusal {
  return refuse('conflict', 'as-of-blocked', {
    zh: `位置 ${position} 的事件无法处理，这个视图不能缺它；请选更早的时刻。`,
    en: `The event at position ${position} cannot be digested, and this view cannot do without it; choose an earlier moment.`,
  });
}
