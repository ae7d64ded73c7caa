import { z } from 'zod';
import { category, dateOn, id, line, page, partialDateOn, slug, step, text } from './common.js';
import type { EventOf, EventTypes } from './events.js';
import { command, query } from './operation.js';

export const channelKinds = [
  'portal',
  'provincial-portal',
  'newspaper',
  'television',
  'radio',
  'notice-board',
  'display-window',
  'touch-screen',
  'microblog',
] as const;
export const tiers = ['central', 'provincial', 'trade'] as const;
export const deliveryStatuses = ['queued', 'delivered', 'failed', 'recall-requested', 'recalled'] as const;

const title = line(300);
const why = text(500);
const ofId = { id };

const column = z.strictObject({
  name: line(100),
  kind: z.enum(['column', 'topic']).default('column').describe('栏目或专题'),
  interactive: z.boolean().default(false).describe('互动栏目不放信息 / interactive columns hold no records'),
});

export const openChannel = command(
  'channels.channel.open',
  ['publisher'],
  { zh: '开通渠道', en: 'open a channel' },
  {
    id: slug,
    name: line(100),
    kind: z.enum(channelKinds),
    openedOn: partialDateOn.describe('开通时间，可只到年或月 / a year or a month will do'),
    columns: z.array(column).max(100).default([]),
    confirmation: z
      .enum(['automatic', 'manual'])
      .default('manual')
      .describe('automatic：本平台自己的网页，发布即送达；manual：由人确认送达'),
    ...step,
  },
  { creates: true },
);
/** Which classes go to the channel from a day on; replaces the routing in force from that day. */
export const routeChannel = command(
  'channels.channel.route',
  ['publisher'],
  { zh: '设定渠道类别', en: 'say which classes go to a channel' },
  {
    id: slug,
    categories: z.array(category).max(5),
    from: dateOn,
    ...step,
  },
);
export const arrangeChannel = command(
  'channels.channel.arrange',
  ['publisher'],
  { zh: '调整栏目', en: 'arrange columns and topics' },
  {
    id: slug,
    columns: z.array(column).max(100),
    ...step,
  },
);
export const closeChannel = command(
  'channels.channel.close',
  ['publisher'],
  { zh: '关闭渠道', en: 'close a channel' },
  { id: slug, why, ...step },
);
export const getChannel = query('channels.channel.get', 'public', { zh: '查看渠道', en: 'a channel' }, { id: slug });
export const listChannels = query(
  'channels.channel.list',
  'public',
  { zh: '渠道列表', en: 'the channels' },
  { kind: z.enum(channelKinds).optional(), ...page },
);

/** Delivery id: `<record id>.<channel id>`. Deliveries are queued by the publication itself (when-record-published). */
export const confirmDelivery = command(
  'channels.delivery.confirm',
  ['publisher'],
  { zh: '确认送达', en: 'confirm a delivery' },
  {
    ...ofId,
    column: text(100).optional().describe('所在栏目；互动栏目不放信息'),
    ...step,
  },
);
export const failDelivery = command(
  'channels.delivery.fail',
  ['publisher'],
  { zh: '登记送达失败', en: 'note a failed delivery' },
  { ...ofId, why, ...step },
);
export const recallDelivery = command(
  'channels.delivery.recall',
  ['publisher'],
  { zh: '确认撤下', en: 'confirm that it is taken down' },
  { ...ofId, ...step },
);
export const getDelivery = query('channels.delivery.get', 'staff', { zh: '查看送达', en: 'a delivery' }, ofId);
export const listDeliveries = query(
  'channels.delivery.list',
  'staff',
  { zh: '送达列表', en: 'deliveries' },
  {
    record: id.optional(),
    channel: slug.optional(),
    status: z.enum(deliveryStatuses).optional(),
    ...page,
  },
);

/** Tiers and outlets are open, dated lists. */
export const registerOutlet = command(
  'channels.outlet.register',
  ['publisher'],
  { zh: '登记媒体', en: 'register an outlet' },
  {
    id: slug,
    name: line(100),
    tier: slug.describe('层级：central、provincial、trade 或新的层级'),
    tierName: line(50).optional().describe('新层级的名称'),
    from: dateOn,
    ...step,
  },
  { creates: true },
);
export const retierOutlet = command(
  'channels.outlet.retier',
  ['publisher'],
  { zh: '调整媒体层级', en: "change an outlet's tier from a day on" },
  {
    id: slug,
    tier: slug,
    tierName: line(50).optional(),
    from: dateOn,
    ...step,
  },
);
export const getOutlet = query('channels.outlet.get', 'public', { zh: '查看媒体', en: 'an outlet' }, { id: slug });
export const listOutlets = query(
  'channels.outlet.list',
  'public',
  { zh: '媒体列表', en: 'the outlets' },
  { tier: slug.optional(), ...page },
);

/** Press register: one entry is one placement. `occurredOn` is the day it appeared. */
export const registerPlacement = command(
  'channels.placement.register',
  ['publisher'],
  { zh: '登记刊发稿件', en: 'register a placement' },
  {
    outlet: slug,
    title,
    href: z
      .url({ protocol: /^https?$/ })
      .max(1000)
      .optional(),
    ...step,
  },
  { creates: true },
);
export const withdrawPlacement = command(
  'channels.placement.withdraw',
  ['publisher'],
  { zh: '注销误登稿件', en: 'strike a placement entered in error' },
  { ...ofId, why, ...step },
);
export const getPlacement = query('channels.placement.get', 'staff', { zh: '查看刊发稿件', en: 'a placement' }, ofId);
export const listPlacements = query(
  'channels.placement.list',
  'public',
  { zh: '刊发稿件列表', en: 'placements' },
  {
    outlet: slug.optional(),
    tier: slug.optional(),
    ...page,
  },
);

/** A microblog post, of a record or on its own. `occurredOn` is the day it was posted. */
export const registerPost = command(
  'channels.post.register',
  ['publisher'],
  { zh: '登记微博', en: 'register a microblog post' },
  {
    channel: slug.default('microblog'),
    text: text(2000),
    record: id.optional().describe('所依据的公开信息 / the record it tells of'),
    href: z
      .url({ protocol: /^https?$/ })
      .max(1000)
      .optional(),
    ...step,
  },
  { creates: true },
);
export const withdrawPost = command(
  'channels.post.withdraw',
  ['publisher'],
  { zh: '注销微博', en: 'strike a post' },
  { ...ofId, why, ...step },
);
export const getPost = query('channels.post.get', 'staff', { zh: '查看微博', en: 'a post' }, ofId);
export const listPosts = query(
  'channels.post.list',
  'public',
  { zh: '微博列表', en: 'microblog posts' },
  { channel: slug.optional(), record: id.optional(), ...page },
);

export const makeCommitment = command(
  'channels.commitment.make',
  ['publisher'],
  { zh: '登记公开承诺', en: 'make a public commitment' },
  {
    unit: slug,
    text: text(2000),
    channels: z.array(slug).min(1).max(20),
    from: dateOn,
    to: dateOn.optional(),
    ...step,
  },
  { creates: true },
);
export const endCommitment = command(
  'channels.commitment.end',
  ['publisher'],
  { zh: '终止公开承诺', en: 'end a commitment' },
  { ...ofId, why, ...step },
);
export const getCommitment = query('channels.commitment.get', 'public', { zh: '查看公开承诺', en: 'a commitment' }, ofId);
export const listCommitments = query(
  'channels.commitment.list',
  'public',
  { zh: '公开承诺列表', en: 'public commitments' },
  { unit: slug.optional(), channel: slug.optional(), ...page },
);

export const channelsTasks = query('channels.tasks', 'staff', { zh: '待办', en: 'what waits in the channels' }, {});

/** A column as a channel keeps it. */
export const storedColumn = z.strictObject({ name: z.string(), kind: z.enum(['column', 'topic']), interactive: z.boolean() });

/** Contract events: what other rooms may rely on. */
export const channelsEvents = {
  ChannelOpened: {
    version: 1,
    data: z.strictObject({
      channelId: slug,
      name: z.string(),
      kind: z.enum(channelKinds),
      openedOn: partialDateOn,
      columns: z.array(storedColumn),
      confirmation: z.enum(['automatic', 'manual']),
    }),
  },
  ChannelRouted: {
    version: 1,
    data: z.strictObject({ channelId: slug, kind: z.enum(channelKinds), categories: z.array(category), from: dateOn }),
  },
  ChannelClosed: { version: 1, data: z.strictObject({ channelId: slug, closedOn: dateOn, why: z.string() }) },
  OutletRegistered: {
    version: 1,
    data: z.strictObject({ outletId: slug, name: z.string(), tier: slug, tierName: z.string().optional(), from: dateOn }),
  },
  PlacementRegistered: {
    version: 1,
    data: z.strictObject({
      placementId: id,
      outlet: slug,
      outletName: z.string(),
      /** The outlet's tier on the day it appeared. */
      tier: slug,
      title: z.string(),
      placedOn: dateOn,
    }),
  },
  PlacementWithdrawn: {
    version: 1,
    data: z.strictObject({ placementId: id, tier: slug, placedOn: dateOn, withdrawnOn: dateOn, why: z.string() }),
  },
  PostRegistered: {
    version: 1,
    data: z.strictObject({ postId: id, channel: slug, text: z.string(), record: id.optional(), postedOn: dateOn }),
  },
  PostWithdrawn: {
    version: 1,
    data: z.strictObject({ postId: id, channel: slug, postedOn: dateOn, withdrawnOn: dateOn, why: z.string() }),
  },
} satisfies EventTypes;
type ChannelsEvent<Name extends keyof typeof channelsEvents> = EventOf<typeof channelsEvents, Name>;
export type ChannelOpened = ChannelsEvent<'ChannelOpened'>;
export type ChannelRouted = ChannelsEvent<'ChannelRouted'>;
export type ChannelClosed = ChannelsEvent<'ChannelClosed'>;
export type OutletRegistered = ChannelsEvent<'OutletRegistered'>;
export type PlacementRegistered = ChannelsEvent<'PlacementRegistered'>;
export type PlacementWithdrawn = ChannelsEvent<'PlacementWithdrawn'>;
export type PostRegistered = ChannelsEvent<'PostRegistered'>;
export type PostWithdrawn = ChannelsEvent<'PostWithdrawn'>;
