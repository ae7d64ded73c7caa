import type { ReceiptPracticeSet, RequestRegistered } from '#contracts';
import type { StoredEvent } from '#event-store';
import type { Change, Doc, Projection } from '#projections';
import type { Practice } from '../practice/practice.js';
import type { RequestEvent } from '../request/request.events.js';
import type { RequestStatus } from '../request/request.js';

export type RequestDoc = Omit<RequestRegistered['data'], 'requestId'> & {
  id: string;
  revision: number;
  status: RequestStatus;
  dataSubject?: string;
  /** Day of the last step: since when the next one waits. */
  since: string;
  receivedOn?: string;
  dueOn?: string;
  outcome?: string;
  answeredOn?: string;
  inTime?: boolean;
  closedOn?: string;
};

/** Its id is the day it holds from. */
export type PracticeDoc = Practice & { id: string; setOn: string };

type Event = (RequestEvent | ReceiptPracticeSet) & Pick<StoredEvent, 'revision' | 'metadata'>;

/** Every request and how far it has come, and the office's receipt practices. */
export const requestsView: Projection = {
  name: 'requests',
  version: 1,
  collections: {
    requests: {
      indexes: [['arrivedOn'], ['status', 'arrivedOn'], ['path', 'arrivedOn'], ['dueOn']],
    },
    practices: { indexes: [['from']] },
  },
  events: ['RequestRegistered', 'ReceiptConfirmed', 'RequestAnswered', 'RequestClosed', 'ReceiptPracticeSet'],
  onFailure: 'park',
  project: event => project(event as unknown as Event),
};

function project(event: Event): Change[] {
  const on = event.metadata.occurredOn;
  const step = { since: on, revision: event.revision };
  switch (event.type) {
    case 'RequestRegistered': {
      // Not even encrypted: what a view does not hold need not be erased from it.
      const { requestId: id, applicant: _, ...fields } = event.data;
      return [{ collection: 'requests', id, apply: () => ({ ...fields, id, status: 'registered', ...step }) }];
    }
    case 'ReceiptConfirmed': {
      const { requestId, receivedOn, dueOn } = event.data;
      return [change(requestId, { status: 'received', receivedOn, dueOn, ...step })];
    }
    case 'RequestAnswered': {
      const { requestId, outcome, answeredOn, dueOn } = event.data;
      return [change(requestId, { status: 'answered', outcome, answeredOn, inTime: answeredOn <= dueOn, ...step })];
    }
    case 'RequestClosed':
      return [change(event.data.requestId, { status: 'closed', closedOn: event.data.closedOn, ...step })];
    case 'ReceiptPracticeSet': {
      const id = event.data.from;
      return [{ collection: 'practices', id, apply: () => ({ ...event.data, id, setOn: on }) }];
    }
  }
}

/** Changes a document that an earlier event made; where there is none, there is nothing to change. */
function change(id: string, changed: Doc): Change {
  return { collection: 'requests', id, apply: before => before && { ...before, ...changed } };
}
