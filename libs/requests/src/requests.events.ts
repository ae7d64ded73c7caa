import { type EventTypes, requestsEvents } from '#contracts';
import { requestEvents } from './request/request.events.js';
import { subjectEvents } from './subject/subject.events.js';

/** Every type of event this room stores. */
export const requestsEventTypes = { ...requestsEvents, ...requestEvents, ...subjectEvents } satisfies EventTypes;
