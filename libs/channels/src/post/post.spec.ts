import { describe, expect, it } from '@jest/globals';
import type { ChannelEvent } from '../channel/channel.events.js';
import { channel } from '../channel/channel.js';
import { given } from '../given.js';
import type { PostEvent } from './post.events.js';
import { post, register, withdraw } from './post.js';

const opened = (kind: 'microblog' | 'newspaper'): ChannelEvent => ({
  type: 'ChannelOpened',
  data: { channelId: 'microblog', name: '官方微博', kind, openedOn: '2013-09', columns: [], confirmation: 'manual' },
});
const microblog = given(channel, opened('microblog')).state;
const command = { channel: 'microblog', text: '灾区安置点供水恢复', occurredOn: '2013-10-08' };

describe('A microblog post', () => {
  it('is kept with its text and day', () => {
    expect(given(post).when(register('m1', microblog, null), command)).toEqual([
      {
        type: 'PostRegistered',
        data: { postId: 'm1', channel: 'microblog', text: '灾区安置点供水恢复', postedOn: '2013-10-08' },
      },
    ]);
  });

  it('goes to a microblog that is open on the day', () => {
    const closed: ChannelEvent = { type: 'ChannelClosed', data: { channelId: 'microblog', closedOn: '2013-10-08', why: '停用' } };
    expect(given(post).when(register('m1', channel.initial, null), command)).toMatchObject({
      refused: 'missing',
      name: 'channel-unknown',
    });
    expect(given(post).when(register('m1', given(channel, opened('newspaper')).state, null), command)).toMatchObject({
      name: 'channel-not-microblog',
    });
    expect(given(post).when(register('m1', microblog, null), { ...command, occurredOn: '2013-08-31' })).toMatchObject({
      refused: 'conflict',
      name: 'channel-not-open-yet',
    });
    expect(given(post).when(register('m1', given(channel, opened('microblog'), closed).state, null), command)).toMatchObject({
      name: 'channel-closed',
    });
  });

  it('tells only of a record the public saw on that day', () => {
    const of = (shown: Parameters<typeof register>[2]) =>
      given(post).when(register('m1', microblog, shown), { ...command, record: 'r1' });
    expect(of({ firstPublishedOn: '2013-10-08' })).toMatchObject([{ data: { record: 'r1' } }]);
    expect(of(null)).toMatchObject({ refused: 'missing', name: 'record-unknown' });
    expect(of({ firstPublishedOn: '2013-10-09' })).toMatchObject({ name: 'record-unknown' });
    expect(of({ firstPublishedOn: '2013-10-01', withdrawnOn: '2013-10-08' })).toMatchObject({ name: 'record-unknown' });
  });

  it('is struck once, with the reason', () => {
    const registered: PostEvent = {
      type: 'PostRegistered',
      data: { postId: 'm1', channel: 'microblog', text: '…', postedOn: '2013-10-08' },
    };
    const struck: PostEvent = {
      type: 'PostWithdrawn',
      data: { postId: 'm1', channel: 'microblog', postedOn: '2013-10-08', withdrawnOn: '2013-12-31', why: '误登' },
    };
    expect(given(post, registered).when(withdraw, { id: 'm1', why: '误登' })).toEqual([struck]);
    expect(given(post, registered, struck).when(withdraw, { id: 'm1', why: '误登' })).toMatchObject({
      name: 'already-withdrawn',
    });
  });
});
