import type {
  Actor,
  listChannels,
  listCommitments,
  listDeliveries,
  listOutlets,
  listPlacements,
  listPosts,
  Page,
  Task,
} from '#contracts';
import type { Find, View } from '#projections';
import type { z } from 'zod';
import { tierOn } from '../outlet/outlet.js';
import type { ChannelDoc, CommitmentDoc, DeliveryDoc, OutletDoc, PlacementDoc, PostDoc, UnitDoc } from './channels.js';

type Input<O extends { input: z.ZodType }> = z.infer<O['input']>;

export const channelPages = {
  channels: (view: View, { kind, limit, after }: Input<typeof listChannels>) =>
    page<ChannelDoc>(view, 'channels', { where: { kind }, limit, after }),

  deliveries: (view: View, { record, channel, status, limit, after }: Input<typeof listDeliveries>) =>
    page<DeliveryDoc>(view, 'deliveries', { where: { record, channel, status }, sort: [['publishedOn', 'desc']], limit, after }),

  /** Outlets are few, and which tier one is of depends on the day: so they are picked here and paged by their ids. */
  async outlets(view: View, { tier, limit, after }: Input<typeof listOutlets>, today: string) {
    const ids =
      tier === undefined
        ? undefined
        : (await every<OutletDoc>(view, 'outlets')).filter(one => tierOn(one.tiers, today)?.tier === tier).map(one => one.id);
    const found = await page<OutletDoc>(view, 'outlets', { where: { id: ids && { in: ids } }, limit, after });
    return { ...found, items: found.items.map(item => outletOn(item, today)) };
  },

  placements: (view: View, { outlet, tier, limit, after }: Input<typeof listPlacements>) =>
    page<PlacementDoc>(view, 'placements', {
      where: { outlet, tier, withdrawnOn: null },
      sort: [['placedOn', 'desc']],
      limit,
      after,
    }),

  posts: (view: View, { channel, record, limit, after }: Input<typeof listPosts>) =>
    page<PostDoc>(view, 'posts', { where: { channel, record, withdrawnOn: null }, sort: [['postedOn', 'desc']], limit, after }),

  async commitments(view: View, { unit, channel, limit, after }: Input<typeof listCommitments>) {
    const find: Find = { where: { unit, channel }, sort: [['from', 'desc']], limit, after };
    if (channel === undefined) {
      const found = await page<CommitmentDoc>(view, 'commitments', find);
      return { ...found, items: await named(view, found.items) };
    }
    const found = await page<{ commitment: string }>(view, 'commitment-channels', find);
    const items = await Promise.all(found.items.map(({ commitment }) => view.get<CommitmentDoc>('commitments', commitment)));
    return {
      ...found,
      items: await named(
        view,
        items.filter(item => item !== null),
      ),
    };
  },
};

async function page<D>(view: View, collection: string, find: Find): Promise<Page<D>> {
  const { where = {} } = find;
  return { total: await view.count(collection, { where }), ...(await view.find<D>(collection, find)) };
}

/** All documents of a short list. */
export async function every<D>(view: View, collection: string): Promise<D[]> {
  const all: D[] = [];
  for (let after: string | undefined; ;) {
    const { items, next } = await view.find<D>(collection, { limit: 200, after });
    all.push(...items);
    if (next === null) return all;
    after = next;
  }
}

/** With the tier it is of today; null before its first. */
export function outletOn(outlet: OutletDoc, today: string) {
  const { tier = null, tierName = null } = tierOn(outlet.tiers, today) ?? {};
  return { ...outlet, tier, tierName };
}

export async function named(
  view: View,
  commitments: readonly CommitmentDoc[],
): Promise<(CommitmentDoc & { unitName: string })[]> {
  const names = new Map<string, string>();
  for (const unit of new Set(commitments.map(one => one.unit)))
    names.set(unit, (await view.get<UnitDoc>('units', unit))?.name ?? unit);
  return commitments.map(one => ({ ...one, unitName: names.get(one.unit)! }));
}

const waiting = { queued: 'confirm-delivery', 'recall-requested': 'confirm-recall', failed: 'failed-delivery' } as const;
const tasksMax = 500;

/** Where a person confirms: what is to be put up, to be taken down, or to be tried again. */
export async function tasksOf(view: View, actor: Actor): Promise<Task[]> {
  if (!actor.roles.some(role => role === 'publisher' || role === 'auditor')) return [];
  const statuses = Object.keys(waiting) as (keyof typeof waiting)[];
  const { items } = await view.find<DeliveryDoc & { status: keyof typeof waiting }>('deliveries', {
    where: { status: { in: statuses } },
    sort: [['since', 'asc']],
    limit: tasksMax,
  });
  return items.map(({ id, title, status, since }) => ({
    room: 'channels',
    kind: waiting[status],
    id,
    title,
    roles: ['publisher'],
    since,
    dueOn: null,
    overdue: false,
    href: `/api/v1/deliveries/${id}`,
  }));
}
