import type { Room } from '#messaging';
import { applyErasures } from '#privacy';
import type { Reaction } from '#projections';

/** Whoever appended the fact destroys the key; should it have died in between, this room does. */
export function whenSubjectErased({ store, platform }: Room): Reaction {
  return {
    name: 'when-subject-erased',
    events: ['SubjectErased'],
    async react() {
      const destroyed = await applyErasures(store, platform.keys);
      if (destroyed.length > 0) platform.log.info({ subjects: destroyed }, 'erased');
    },
  };
}
