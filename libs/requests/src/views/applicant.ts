import { type Applicant, refuse, type Refusal } from '#contracts';
import type { StoredEvent } from '#event-store';
import { heldOf, type Keys, reveal } from '#privacy';
import { requestsEventTypes } from '../requests.events.js';

/** The applicant as the officer who handles the request sees it. */
export interface ApplicantShown {
  /** Null where none was given. */
  applicant: Applicant | { erased: true; zh: string; en: string } | null;
}

const erased = { erased: true, zh: '已依法删除', en: 'erased' } as const;

/** Whether an applicant is held, without reading it. */
export function applicantHeld(keys: Keys, registered: StoredEvent) {
  return heldOf(keys, requestsEventTypes, registered);
}

export async function applicantShown(keys: Keys, registered: StoredEvent): Promise<ApplicantShown | Refusal> {
  const held = await applicantHeld(keys, registered);
  switch (held) {
    case 'none':
      return { applicant: null };
    case 'erased':
      return { applicant: erased };
    case 'unreadable':
      return refuse('unready', 'key-missing', {
        zh: '申请人信息的密钥不在密钥库中，请运维人员恢复与数据一致的密钥备份。',
        en: 'The key of this applicant is missing; the operator restores the backup of the keys that belongs to the data.',
      });
    case 'held': {
      const fields = await reveal(keys, requestsEventTypes, registered);
      // Erased between the two looks.
      return { applicant: fields ? (fields['applicant'] as Applicant) : erased };
    }
  }
}
