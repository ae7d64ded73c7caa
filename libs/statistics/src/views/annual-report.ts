import type {
  BuiltReport,
  Category,
  ChannelClosed,
  ChannelOpened,
  ChannelRouted,
  OutletRegistered,
  PlacementRegistered,
  PlacementWithdrawn,
  PostRegistered,
  PostWithdrawn,
  ReceiptConfirmed,
  ReceiptPracticeSet,
  RecordPublished,
  RecordWithdrawn,
  RequestAnswered,
} from '#contracts';
import type { StoredEvent } from '#event-store';
import type { Change, Doc, Projection } from '#projections';
import type { AttestationEvent } from '../attestation/attestation.events.js';
import { attestationId } from '../attestation/attestation.js';
import type { Entry, EntryEvent } from '../entry/entry.events.js';
import type { ReportEvent } from '../report/report.events.js';

/**
 * What was counted from one day. `counts` maps `<what>|<class>|<effective on>` to a number: +1 on the day itself, and later
 * days for what takes it back or moves it to another class, so that any cut can be summed.
 */
export interface DayDoc {
  id: string;
  year: number;
  counts: Record<string, number>;
}

export type Fact =
  | {
      id: string;
      kind: 'channel';
      channel: ChannelOpened['data'];
      routing: { categories: Category[]; from: string }[];
      closedOn?: string;
    }
  | { id: string; kind: 'outlet'; from: string }
  | { id: string; kind: 'practice'; from: string }
  | {
      id: string;
      kind: 'attestation';
      year: number;
      statement: Extract<AttestationEvent, { type: 'FigureAttested' }>['data'] | null;
      event: EventRef;
    }
  | { id: string; kind: 'entry'; year: number; order: number; entry: Entry }
  | { id: string; kind: 'section'; year: number; section: string; text: string; invented: boolean }
  | { id: string; kind: 'closing'; year: number; on: string; by: string; position: number; report: BuiltReport }
  | { id: string; kind: 'evidence'; recordedAt: string };
export interface EventRef {
  id: string;
  type: string;
  occurredOn: string;
  recordedAt: string;
  position: number;
}

export type CountedEvent =
  | RecordPublished
  | RecordWithdrawn
  | PlacementRegistered
  | PlacementWithdrawn
  | PostRegistered
  | PostWithdrawn
  | ReceiptConfirmed
  | RequestAnswered;
type Event = (
  | CountedEvent
  | ChannelOpened
  | ChannelRouted
  | ChannelClosed
  | OutletRegistered
  | ReceiptPracticeSet
  | AttestationEvent
  | EntryEvent
  | ReportEvent
) &
  Pick<StoredEvent, 'id' | 'position' | 'metadata'>;

export const countedTypes = [
  'RecordPublished',
  'RecordWithdrawn',
  'PlacementRegistered',
  'PlacementWithdrawn',
  'PostRegistered',
  'PostWithdrawn',
  'ReceiptConfirmed',
  'RequestAnswered',
] as const satisfies CountedEvent['type'][];

/** The figures of every year, rebuilt from events alone. */
export const annualReportView: Projection = {
  name: 'annual-report',
  version: 1,
  collections: { days: { indexes: [['year']] }, facts: { indexes: [['kind', 'year']] } },
  events: [
    ...countedTypes,
    'ChannelOpened',
    'ChannelRouted',
    'ChannelClosed',
    'OutletRegistered',
    'ReceiptPracticeSet',
    'FigureAttested',
    'AttestationWithdrawn',
    'EntryRecorded',
    'EntryWithdrawn',
    'SectionWritten',
    'ReportClosed',
  ],
  // Never parked in parts: a figure that lacks an event must not look whole.
  key: () => 'all',
  onFailure: 'stop',
  project(event) {
    const { recordedAt } = event.metadata;
    return [
      ...project(event as unknown as Event),
      { collection: 'facts', id: 'evidence', apply: () => ({ id: 'evidence', kind: 'evidence', recordedAt }) },
    ];
  },
};

function project(event: Event): Change[] {
  switch (event.type) {
    case 'RecordPublished': {
      const { first, firstPublishedOn, publishedOn, category, previousCategory, content, previousContent } = event.data;
      const added: Record<string, number> = {};
      const move = (what: string, before: string, now: string) => {
        if (first || before !== now) added[`${what}|${now}|${publishedOn}`] = 1;
        if (!first && before !== now) added[`${what}|${before}|${publishedOn}`] = -1;
      };
      move('records', previousCategory, category);
      move('contents', previousContent, content);
      return [count(firstPublishedOn, added)];
    }
    case 'RecordWithdrawn': {
      const { firstPublishedOn, withdrawnOn, category, content } = event.data;
      return [
        count(firstPublishedOn, { [`records|${category}|${withdrawnOn}`]: -1, [`contents|${content}|${withdrawnOn}`]: -1 }),
      ];
    }
    case 'PlacementRegistered':
      return [count(event.data.placedOn, { [`placements|${event.data.tier}|${event.data.placedOn}`]: 1 })];
    case 'PlacementWithdrawn':
      return [count(event.data.placedOn, { [`placements|${event.data.tier}|${event.data.withdrawnOn}`]: -1 })];
    case 'PostRegistered':
      return [count(event.data.postedOn, { [`posts|${event.data.channel}|${event.data.postedOn}`]: 1 })];
    case 'PostWithdrawn':
      return [count(event.data.postedOn, { [`posts|${event.data.channel}|${event.data.withdrawnOn}`]: -1 })];
    case 'ReceiptConfirmed': {
      const { receivedOn, path, form } = event.data;
      return [count(receivedOn, { [`received|${path}.${form}|${receivedOn}`]: 1 })];
    }
    case 'RequestAnswered': {
      const { answeredOn, dueOn } = event.data;
      return [count(answeredOn, { [`answered|${answeredOn <= dueOn ? 'in-time' : 'late'}|${answeredOn}`]: 1 })];
    }
    case 'ChannelOpened':
      return [fact({ id: `channel-${event.data.channelId}`, kind: 'channel', channel: event.data, routing: [] })];
    case 'ChannelRouted':
      return [
        change(`channel-${event.data.channelId}`, 'channel', before => ({
          ...before,
          routing: [...before.routing, { categories: event.data.categories, from: event.data.from }],
        })),
      ];
    case 'ChannelClosed':
      return [change(`channel-${event.data.channelId}`, 'channel', before => ({ ...before, closedOn: event.data.closedOn }))];
    case 'OutletRegistered':
      return [fact({ id: `outlet-${event.data.outletId}`, kind: 'outlet', from: event.data.from })];
    case 'ReceiptPracticeSet':
      return [fact({ id: `practice-${event.data.from}`, kind: 'practice', from: event.data.from })];
    case 'FigureAttested':
    case 'AttestationWithdrawn': {
      const { year, key } = event.data;
      const statement = event.type === 'FigureAttested' ? event.data : null;
      return [fact({ id: `attestation-${attestationId(year, key)}`, kind: 'attestation', year, statement, event: refOf(event) })];
    }
    case 'EntryRecorded':
      return [
        fact({
          id: `entry-${event.data.entryId}`,
          kind: 'entry',
          year: event.data.entry.year,
          order: event.position,
          entry: event.data.entry,
        }),
      ];
    case 'EntryWithdrawn':
      return [{ collection: 'facts', id: `entry-${event.data.entryId}`, apply: () => null }];
    case 'SectionWritten':
      return [fact({ id: `section-${event.data.year}.${event.data.section}`, kind: 'section', ...event.data })];
    case 'ReportClosed': {
      const { year, closedOn, by, report } = event.data;
      return [fact({ id: `closing-${year}`, kind: 'closing', year, on: closedOn, by, position: event.position, report })];
    }
    default:
      return [];
  }
}

function count(on: string, added: Record<string, number>): Change {
  return {
    collection: 'days',
    id: on,
    apply: before => {
      const day = (before as DayDoc | null) ?? { id: on, year: Number(on.slice(0, 4)), counts: {} };
      for (const [key, by] of Object.entries(added)) day.counts[key] = (day.counts[key] ?? 0) + by;
      return day as unknown as Doc;
    },
  };
}

function fact(doc: Fact): Change {
  return { collection: 'facts', id: doc.id, apply: () => ({ ...doc }) };
}

function change<K extends Fact['kind']>(
  id: string,
  kind: K,
  apply: (before: Extract<Fact, { kind: K }>) => Extract<Fact, { kind: K }>,
): Change {
  return {
    collection: 'facts',
    id,
    apply: before => (before?.['kind'] === kind ? { ...apply(before as Extract<Fact, { kind: K }>) } : before),
  };
}

export function refOf({ id, type, position, metadata }: Pick<StoredEvent, 'id' | 'type' | 'position' | 'metadata'>): EventRef {
  return { id, type, occurredOn: metadata.occurredOn, recordedAt: metadata.recordedAt, position };
}
