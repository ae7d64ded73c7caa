import type { StoredEvent } from '#event-store';
import type { Change, Doc, Projection } from '#projections';
import { type CountedEvent, countedTypes, type EventRef, refOf } from './annual-report.js';

/** One thing that was counted, with the events it rests on. */
export interface CaseDoc {
  id: string;
  kind: 'record' | 'placement' | 'post' | 'request';
  title: string;
  /** The day it counts from. */
  on: string;
  /** The classes it had and since when; the last one not after the cut is the one it counts in. */
  classes: { name: string; from: string }[];
  withdrawnOn?: string;
  why?: string;
  answeredOn?: string;
  dueOn?: string;
  detail: Record<string, string>;
  events: EventRef[];
  lastPosition: number;
}

type Event = CountedEvent & Pick<StoredEvent, 'id' | 'position' | 'metadata'>;

/** The cases behind every figure. */
export const reportCasesView: Projection = {
  name: 'report-cases',
  version: 1,
  collections: { cases: { indexes: [['kind', 'on'], ['kind', 'answeredOn'], ['kind', 'withdrawnOn'], ['lastPosition']] } },
  events: countedTypes,
  onFailure: 'park',
  project: event => project(event as unknown as Event),
};

function project(event: Event): Change[] {
  switch (event.type) {
    case 'RecordPublished': {
      const { recordId, first, title, category, indexNumber, documentNumber, firstPublishedOn, publishedOn, formedOn } =
        event.data;
      const detail = { indexNumber, formedOn, ...(documentNumber === undefined ? {} : { documentNumber }) };
      if (first)
        return [
          open(event, {
            id: recordId,
            kind: 'record',
            title,
            on: firstPublishedOn,
            classes: [{ name: category, from: publishedOn }],
            detail,
          }),
        ];
      return [
        amend(event, recordId, before => ({
          ...before,
          title,
          detail,
          classes: [...before.classes, { name: category, from: publishedOn }],
        })),
      ];
    }
    case 'RecordWithdrawn':
      // A withdrawn record's title is content that was taken back.
      return [
        amend(event, event.data.recordId, before => ({
          ...before,
          title: before.detail['indexNumber'] ?? before.id,
          withdrawnOn: event.data.withdrawnOn,
          why: event.data.why,
        })),
      ];
    case 'PlacementRegistered': {
      const { placementId, title, outletName, tier, placedOn } = event.data;
      return [
        open(event, {
          id: placementId,
          kind: 'placement',
          title,
          on: placedOn,
          classes: [{ name: tier, from: placedOn }],
          detail: { outlet: outletName, tier },
        }),
      ];
    }
    case 'PlacementWithdrawn':
      return [
        amend(event, event.data.placementId, before => ({ ...before, withdrawnOn: event.data.withdrawnOn, why: event.data.why })),
      ];
    case 'PostRegistered': {
      const { postId, text, channel, postedOn, record } = event.data;
      return [
        open(event, {
          id: postId,
          kind: 'post',
          title: text,
          on: postedOn,
          classes: [{ name: channel, from: postedOn }],
          detail: { channel, ...(record === undefined ? {} : { record }) },
        }),
      ];
    }
    case 'PostWithdrawn':
      return [
        amend(event, event.data.postId, before => ({ ...before, withdrawnOn: event.data.withdrawnOn, why: event.data.why })),
      ];
    case 'ReceiptConfirmed': {
      const { requestId, subject, receivedOn, dueOn, path, form, receiptRule } = event.data;
      return [
        open(event, {
          id: requestId,
          kind: 'request',
          title: subject,
          on: receivedOn,
          classes: [{ name: `${path}.${form}`, from: receivedOn }],
          dueOn,
          detail: { path, form, dueOn, receiptRule },
        }),
      ];
    }
    case 'RequestAnswered':
      // The outcome is not told: the report of this template prints none.
      return [
        amend(event, event.data.requestId, before => ({
          ...before,
          answeredOn: event.data.answeredOn,
          detail: { ...before.detail, answeredOn: event.data.answeredOn },
        })),
      ];
    default:
      return [];
  }
}

function open(event: Event, found: Omit<CaseDoc, 'events' | 'lastPosition'>): Change {
  return { collection: 'cases', id: found.id, apply: () => ({ ...found, events: [refOf(event)], lastPosition: event.position }) };
}

function amend(event: Event, id: string, change: (before: CaseDoc) => CaseDoc): Change {
  return {
    collection: 'cases',
    id,
    apply: (before: Doc | null) => {
      if (!before) return null;
      const found = before as unknown as CaseDoc;
      return { ...change(found), events: [...found.events, refOf(event)], lastPosition: event.position };
    },
  };
}
