import type { ChannelOpened, RecordPublished, RecordWithdrawn, UnitRegistered } from '#contracts';
import type { StoredEvent } from '#event-store';
import type { Change, Doc, Projection } from '#projections';
import type { ChannelEvent } from '../channel/channel.events.js';
import { routed, type Routing } from '../channel/channel.js';
import type { Commitment, CommitmentEvent } from '../commitment/commitment.events.js';
import type { DeliveryEvent, Dispatch } from '../delivery/delivery.events.js';
import type { DeliveryStatus } from '../delivery/delivery.js';
import type { OutletEvent, Tier } from '../outlet/outlet.events.js';
import { tiered } from '../outlet/outlet.js';
import type { PlacementEvent } from '../placement/placement.events.js';
import type { PostEvent } from '../post/post.events.js';
import type { Shown } from '../post/post.js';

export interface ChannelDoc extends Omit<ChannelOpened['data'], 'channelId'> {
  id: string;
  routing: Routing[];
  closedOn?: string;
  closedWhy?: string;
  revision: number;
}

export interface DeliveryDoc extends Pick<Dispatch, 'title' | 'category' | 'publishedOn'> {
  id: string;
  record: string;
  channel: string;
  status: DeliveryStatus;
  /** Day of the last step: since when it waits. */
  since: string;
  deliveredOn?: string;
  column?: string;
  why?: string;
  revision: number;
}

export interface OutletDoc {
  id: string;
  name: string;
  tiers: Tier[];
  revision: number;
}

/** What was struck stays for staff; the public's lists leave it out. */
interface Struck {
  withdrawnOn?: string;
  why?: string;
}
export interface PlacementDoc extends Struck {
  id: string;
  outlet: string;
  outletName: string;
  tier: string;
  title: string;
  href?: string;
  placedOn: string;
  revision: number;
}
export interface PostDoc extends Struck {
  id: string;
  channel: string;
  text: string;
  record?: string;
  href?: string;
  postedOn: string;
  revision: number;
}

export interface CommitmentDoc extends Omit<Commitment, 'commitmentId'> {
  id: string;
  endedOn?: string;
  endedWhy?: string;
  revision: number;
}

export interface UnitDoc {
  id: string;
  name: string;
}
export interface RecordDoc extends Shown {
  id: string;
}

type Event = (
  | ChannelEvent
  | DeliveryEvent
  | OutletEvent
  | PlacementEvent
  | PostEvent
  | CommitmentEvent
  | UnitRegistered
  | RecordPublished
  | RecordWithdrawn
) &
  Pick<StoredEvent, 'revision' | 'metadata'>;

/** Everything the room is asked about, and of the catalogue what its own rules ask: which units and published records there are. */
export const channelsView: Projection = {
  name: 'channels',
  version: 1,
  collections: {
    channels: { indexes: [['kind']] },
    deliveries: {
      indexes: [
        ['publishedOn'],
        ['record', 'publishedOn'],
        ['channel', 'publishedOn'],
        ['status', 'publishedOn'],
        ['status', 'since'],
      ],
    },
    outlets: { indexes: [] },
    tiers: { indexes: [] },
    placements: { indexes: [['placedOn'], ['outlet', 'placedOn'], ['tier', 'placedOn']] },
    posts: { indexes: [['postedOn'], ['channel', 'postedOn'], ['record', 'postedOn']] },
    commitments: { indexes: [['from'], ['unit', 'from']] },
    'commitment-channels': { indexes: [['channel', 'from']] },
    units: { indexes: [] },
    records: { indexes: [] },
  },
  events: [
    'ChannelOpened',
    'ChannelRouted',
    'ChannelArranged',
    'ChannelClosed',
    'DeliveryQueued',
    'DeliveryConfirmed',
    'DeliveryFailed',
    'DeliveryRecallRequested',
    'DeliveryRecalled',
    'OutletRegistered',
    'OutletRetiered',
    'PlacementRegistered',
    'PlacementWithdrawn',
    'PostRegistered',
    'PostWithdrawn',
    'CommitmentMade',
    'CommitmentEnded',
    'UnitRegistered',
    'RecordPublished',
    'RecordWithdrawn',
  ],
  // Every outlet of a tier is on that tier's document.
  key: ({ type, stream }) => (type.startsWith('Outlet') ? 'outlets' : stream),
  onFailure: 'park',
  project: event => project(event as unknown as Event),
};

function project(event: Event): Change[] {
  const { revision } = event;
  switch (event.type) {
    case 'ChannelOpened': {
      const { channelId: id, ...opened } = event.data;
      return [set('channels', id, { ...opened, routing: [], revision })];
    }
    case 'ChannelRouted': {
      const { channelId, categories, from } = event.data;
      return [
        change('channels', channelId, before => ({
          ...before,
          routing: routed(before['routing'] as Routing[], { categories, from }),
          revision,
        })),
      ];
    }
    case 'ChannelArranged':
      return [change('channels', event.data.channelId, before => ({ ...before, columns: event.data.columns, revision }))];
    case 'ChannelClosed':
      return [
        change('channels', event.data.channelId, before => ({
          ...before,
          closedOn: event.data.closedOn,
          closedWhy: event.data.why,
          revision,
        })),
      ];
    case 'OutletRegistered': {
      const { outletId, name } = event.data;
      return [set('outlets', outletId, { name, tiers: tiered([], event.data), revision }), ...tierNamed(event.data)];
    }
    case 'OutletRetiered': {
      const { outletId } = event.data;
      return [
        change('outlets', outletId, before => ({ ...before, tiers: tiered(before['tiers'] as Tier[], event.data), revision })),
        ...tierNamed(event.data),
      ];
    }
    case 'PlacementRegistered': {
      const { placementId, ...registered } = event.data;
      return [set('placements', placementId, { ...registered, revision })];
    }
    case 'PostRegistered': {
      const { postId, ...registered } = event.data;
      return [set('posts', postId, { ...registered, revision })];
    }
    case 'PlacementWithdrawn': {
      const { placementId, withdrawnOn, why } = event.data;
      return [change('placements', placementId, before => ({ ...before, withdrawnOn, why, revision }))];
    }
    case 'PostWithdrawn': {
      const { postId, withdrawnOn, why } = event.data;
      return [change('posts', postId, before => ({ ...before, withdrawnOn, why, revision }))];
    }
    case 'CommitmentMade': {
      const { commitmentId, ...made } = event.data;
      return [
        set('commitments', commitmentId, { ...made, revision }),
        // One document per channel, since a view filters by fields and not by what is in a list.
        ...made.channels.map(channel =>
          set('commitment-channels', `${commitmentId}.${channel}`, {
            commitment: commitmentId,
            channel,
            unit: made.unit,
            from: made.from,
          }),
        ),
      ];
    }
    case 'CommitmentEnded':
      return [
        change('commitments', event.data.commitmentId, before => ({
          ...before,
          endedOn: event.data.endedOn,
          endedWhy: event.data.why,
          revision,
        })),
      ];
    case 'UnitRegistered':
      return [set('units', event.data.unitId, { name: event.data.name })];
    case 'RecordPublished':
      return [set('records', event.data.recordId, { firstPublishedOn: event.data.firstPublishedOn })];
    case 'RecordWithdrawn':
      return [change('records', event.data.recordId, before => ({ ...before, withdrawnOn: event.data.withdrawnOn }))];
    default:
      return projectDelivery(event);
  }
}

function projectDelivery(event: DeliveryEvent & Pick<StoredEvent, 'revision' | 'metadata'>): Change[] {
  const { deliveryId: id } = event.data;
  const step = { since: event.metadata.occurredOn, revision: event.revision };
  switch (event.type) {
    case 'DeliveryQueued': {
      const { recordId: record, channelId: channel, title, category, publishedOn } = event.data;
      return [
        {
          collection: 'deliveries',
          id,
          apply: before => ({
            ...without(before, 'why'),
            id,
            record,
            channel,
            title,
            category,
            publishedOn,
            status: 'queued',
            ...step,
          }),
        },
      ];
    }
    case 'DeliveryConfirmed': {
      const { column } = event.data;
      const where = column === undefined ? {} : { column };
      return [
        change('deliveries', id, before => ({
          ...without(before, 'why', 'column'),
          ...where,
          status: 'delivered',
          deliveredOn: step.since,
          ...step,
        })),
      ];
    }
    case 'DeliveryFailed':
      return [change('deliveries', id, before => ({ ...before, status: 'failed', why: event.data.why, ...step }))];
    case 'DeliveryRecallRequested':
      return [change('deliveries', id, before => ({ ...before, status: 'recall-requested', why: event.data.why, ...step }))];
    case 'DeliveryRecalled':
      return [change('deliveries', id, before => ({ ...before, status: 'recalled', ...step }))];
  }
}

function tierNamed({ tier, tierName }: Tier): Change[] {
  return tierName === undefined ? [] : [set('tiers', tier, { name: tierName })];
}

function set(collection: string, id: string, doc: Doc): Change {
  return { collection, id, apply: () => ({ id, ...doc }) };
}

/** Changes a document that an earlier event made; where there is none, there is nothing to change. */
function change(collection: string, id: string, apply: (before: Doc) => Doc): Change {
  return { collection, id, apply: before => before && apply(before) };
}

function without(doc: Doc | null, ...fields: string[]): Doc {
  return Object.fromEntries(Object.entries(doc ?? {}).filter(([field]) => !fields.includes(field)));
}
