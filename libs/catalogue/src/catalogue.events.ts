import type { EventTypes } from '#contracts';
import { indexNumberEvents, recordEvents } from './record/record.events.js';
import { unitEvents } from './unit/unit.events.js';

/** Every type of event this room stores. */
export const catalogueEventTypes = { ...unitEvents, ...recordEvents, ...indexNumberEvents } satisfies EventTypes;
