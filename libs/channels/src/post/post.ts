import { refuse, type Refusal, type registerPost, type withdrawPost } from '#contracts';
import type { Aggregate, Decision } from '#commands';
import type { z } from 'zod';
import { begunOn, type ChannelState, closedChannel, notOpenYet, openOn, unknownChannel } from '../channel/channel.js';
import type { PostEvent } from './post.events.js';

type Registered = Extract<PostEvent, { type: 'PostRegistered' }>;
export type PostState = { registered: Registered['data'] | null; withdrawn: boolean };
/** From when to when the public sees a record. */
export type Shown = { firstPublishedOn: string; withdrawnOn?: string };

export const post: Aggregate<PostState, PostEvent> = {
  stream: id => `channels.post-${id}`,
  initial: { registered: null, withdrawn: false },
  evolve(state, event) {
    switch (event.type) {
      case 'PostRegistered':
        return { ...state, registered: event.data };
      case 'PostWithdrawn':
        return { ...state, withdrawn: true };
      default:
        return state;
    }
  },
};

export const register =
  (
    postId: string,
    channel: ChannelState,
    shown: Shown | null,
  ): Decision<z.infer<(typeof registerPost)['input']>, PostState, PostEvent> =>
  ({ channel: channelId, text, record, href, occurredOn }) => {
    if (!channel.opened) return unknownChannel(channelId);
    if (channel.opened.kind !== 'microblog') {
      return refuse('conflict', 'channel-not-microblog', {
        zh: `渠道 ${channelId} 不是微博。`,
        en: `Channel ${channelId} is not a microblog.`,
      });
    }
    if (!begunOn(channel.opened.openedOn, occurredOn)) return notOpenYet(channelId, channel.opened.openedOn, occurredOn);
    if (!openOn(channel, occurredOn)) return closedChannel(channelId, channel.closedOn!);
    if (
      record !== undefined &&
      !(shown && shown.firstPublishedOn <= occurredOn && !(shown.withdrawnOn && shown.withdrawnOn <= occurredOn))
    ) {
      return refuse('missing', 'record-unknown', {
        zh: `${occurredOn} 没有已公开的信息 ${record}。`,
        en: `On ${occurredOn} there was no published record ${record}.`,
      });
    }
    const data = { postId, channel: channelId, text, postedOn: occurredOn };
    return [
      {
        type: 'PostRegistered',
        data: { ...data, ...(record === undefined ? {} : { record }), ...(href === undefined ? {} : { href }) },
      },
    ];
  };

export const withdraw: Decision<z.infer<(typeof withdrawPost)['input']>, PostState, PostEvent> = (command, state) => {
  if (!state.registered) return unknownPost();
  if (state.withdrawn)
    return refuse('conflict', 'already-withdrawn', { zh: '这条微博已经注销。', en: 'This post is struck already.' });
  const { postId, channel, postedOn } = state.registered;
  return [{ type: 'PostWithdrawn', data: { postId, channel, postedOn, withdrawnOn: command.occurredOn, why: command.why } }];
};

export function unknownPost(): Refusal {
  return refuse('missing', 'post-unknown', { zh: '没有这条微博。', en: 'There is no such post.' });
}
