import type { PublicRecord, RecordStatus } from '#contracts';
import type { Change, Doc, Projection } from '#projections';
import type { StoredEvent } from '#event-store';
import type { RecordEvent, RecordFields } from '../record/record.events.js';
import type { Designation, UnitEvent } from '../unit/unit.events.js';
import { designated } from '../unit/unit.js';

/** One record in any state: the draft staff work on, and beside it what the public sees. */
export interface RecordDoc extends RecordFields {
  id: string;
  status: RecordStatus;
  /** Day of the last step, and since when it waits. */
  since: string;
  collectedOn: string;
  revision: number;
  indexNumber?: string;
  firstPublishedOn?: string;
}

/** What the public sees, once `validity` says so; `draft` beside it is what the next publication will show, where that differs. */
export type PublicRecordDoc = Omit<PublicRecord, 'unitName'> & { draft?: RecordFields };

export interface UnitDoc {
  id: string;
  name: string;
  kind: string;
  designations: Designation[];
  revision: number;
}

type Event = (RecordEvent | UnitEvent) & Pick<StoredEvent, 'position' | 'revision' | 'metadata'>;

/** A collected record, the public's copy of it, and the units they come from. */
export const recordsView: Projection = {
  name: 'records',
  version: 2,
  // Which kept the draft beside what it had become.
  answersLike: [1],
  collections: {
    records: {
      indexes: [['collectedOn'], ['status', 'collectedOn'], ['category', 'collectedOn'], ['unit', 'collectedOn']],
      text: ['title', 'body'],
    },
    published: {
      indexes: [
        ['validity', 'publishedOn'],
        ['validity', 'category', 'publishedOn'],
        ['validity', 'unit', 'publishedOn'],
      ],
      text: ['title', 'body', 'documentNumber', 'indexNumber'],
    },
    units: { indexes: [['kind']] },
  },
  events: [
    'RecordCollected',
    'RecordFirstReviewed',
    'RecordSubmitted',
    'RecordSecrecyCleared',
    'RecordApproved',
    'RecordPublished',
    'RecordRevised',
    'RecordReturned',
    'RecordWithdrawn',
    'UnitRegistered',
    'PersonDesignated',
  ],
  onFailure: 'park',
  project: event => project(event as unknown as Event),
};

const statusAfter: Partial<Record<RecordEvent['type'], RecordStatus>> = {
  RecordFirstReviewed: 'first-reviewed',
  RecordSubmitted: 'submitted',
  RecordSecrecyCleared: 'secrecy-cleared',
  RecordApproved: 'approved',
  RecordReturned: 'returned',
};

function project(event: Event): Change[] {
  const on = event.metadata.occurredOn;
  const step = { since: on, revision: event.revision };
  switch (event.type) {
    case 'RecordCollected': {
      const { recordId, by: _, ...fields } = event.data;
      return [
        {
          collection: 'records',
          id: recordId,
          apply: () => ({ ...fields, id: recordId, status: 'collected', collectedOn: on, ...step }),
        },
        { collection: 'published', id: recordId, apply: () => ({ id: recordId, draft: fields }) },
      ];
    }
    case 'RecordRevised':
      return [
        change('records', event.data.recordId, before =>
          Object.assign(before, event.data.changes, { status: 'collected', ...step }),
        ),
        change('published', event.data.recordId, before =>
          Object.assign(before, { draft: { ...draftOf(before), ...event.data.changes } }),
        ),
      ];
    case 'RecordPublished': {
      const { recordId, indexNumber, firstPublishedOn, publishedOn, first } = event.data;
      return [
        change('records', recordId, before =>
          Object.assign(before, { status: 'published', indexNumber, firstPublishedOn, ...step }),
        ),
        change('published', recordId, ({ draft, revisedOn: _, ...before }) => ({
          ...before,
          ...(draft as RecordFields),
          indexNumber,
          publishedOn: firstPublishedOn,
          validity: 'in-force',
          ...(first ? {} : { revisedOn: publishedOn }),
        })),
      ];
    }
    case 'RecordWithdrawn':
      return [
        change('records', event.data.recordId, before => Object.assign(before, { status: 'withdrawn', ...step })),
        change('published', event.data.recordId, ({ id, indexNumber, publishedOn }) => ({
          id,
          indexNumber,
          publishedOn,
          // Nothing of its content stays: the address answers that it is gone, when and why.
          validity: 'withdrawn',
          withdrawn: { on: event.data.withdrawnOn, why: event.data.why },
        })),
      ];
    case 'UnitRegistered':
      return [
        {
          collection: 'units',
          id: event.data.unitId,
          apply: () => ({
            id: event.data.unitId,
            name: event.data.name,
            kind: event.data.kind,
            designations: [],
            revision: event.revision,
          }),
        },
      ];
    case 'PersonDesignated':
      return [
        change('units', event.data.unitId, before => ({
          ...before,
          designations: designated(before['designations'] as Designation[], event.data),
          revision: event.revision,
        })),
      ];
    default:
      return [
        change('records', event.data.recordId, before => Object.assign(before, { status: statusAfter[event.type], ...step })),
      ];
  }
}

const fields = [
  'unit',
  'title',
  'body',
  'attachment',
  'category',
  'topic',
  'content',
  'documentNumber',
  'formedOn',
] as const satisfies (keyof RecordFields)[];

/** What would be published next: the draft, or what the public sees. */
function draftOf(doc: Doc): Doc {
  return (
    (doc['draft'] as Doc | undefined) ?? Object.fromEntries(fields.filter(name => name in doc).map(name => [name, doc[name]]))
  );
}

/** Changes a document that an earlier event made; where there is none, there is nothing to change. */
function change(collection: string, id: string, apply: (before: Doc) => Doc): Change {
  return { collection, id, apply: before => before && apply(before) };
}
