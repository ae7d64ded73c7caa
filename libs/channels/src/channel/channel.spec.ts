import { describe, expect, it } from '@jest/globals';
import { given } from '../given.js';
import type { ChannelEvent } from './channel.events.js';
import { arrange, channel, close, open, openOn, route, routesOn } from './channel.js';

const opened: ChannelEvent = {
  type: 'ChannelOpened',
  data: { channelId: 'newspaper', name: '公告栏目', kind: 'newspaper', openedOn: '2009', columns: [], confirmation: 'manual' },
};
const closed: ChannelEvent = { type: 'ChannelClosed', data: { channelId: 'newspaper', closedOn: '2013-06-01', why: '停刊' } };
const command = {
  id: 'newspaper',
  name: '公告栏目',
  kind: 'newspaper' as const,
  openedOn: '2009',
  columns: [],
  confirmation: 'manual' as const,
};

describe('A channel', () => {
  it('opens once', () => {
    expect(given(channel).when(open, command)).toEqual([opened]);
    expect(given(channel, opened).when(open, command)).toMatchObject({ refused: 'conflict', name: 'channel-exists' });
  });

  it.each(['2014', '2014-01', '2014-01-01'])('is not opened in the future, as in %s', openedOn => {
    expect(given(channel).when(open, { ...command, openedOn })).toMatchObject({ refused: 'invalid', name: 'opened-in-future' });
  });

  it.each(['2013', '2013-12', '2013-12-31'])('may open this year, this month or today (%s)', openedOn => {
    expect(given(channel).when(open, { ...command, openedOn })).toHaveLength(1);
  });

  it('takes the classes of its routing from a day on, and what was in force before stays so', () => {
    const routing: ChannelEvent[] = [
      { type: 'ChannelRouted', data: { channelId: 'newspaper', kind: 'newspaper', categories: ['news'], from: '2013-01-01' } },
      { type: 'ChannelRouted', data: { channelId: 'newspaper', kind: 'newspaper', categories: ['finance'], from: '2013-07-01' } },
    ];
    const { state } = given(channel, opened, ...routing);
    expect(routesOn(state, 'news', '2012-12-31')).toBe(false);
    expect(routesOn(state, 'news', '2013-06-30')).toBe(true);
    expect(routesOn(state, 'news', '2013-07-01')).toBe(false);
    expect(routesOn(state, 'finance', '2013-07-01')).toBe(true);
  });

  it('says its kind in its routing, for those who count', () => {
    expect(given(channel, opened).when(route, { id: 'newspaper', categories: ['news', 'news'], from: '2013-01-01' })).toEqual([
      { type: 'ChannelRouted', data: { channelId: 'newspaper', kind: 'newspaper', categories: ['news'], from: '2013-01-01' } },
    ]);
  });

  it('once closed takes no routing, no columns and no second closing', () => {
    const then = given(channel, opened, closed);
    expect(then.when(route, { id: 'newspaper', categories: ['news'], from: '2013-01-01' })).toMatchObject({
      name: 'channel-closed',
    });
    expect(then.when(arrange, { id: 'newspaper', columns: [] })).toMatchObject({ name: 'channel-closed' });
    expect(then.when(close, { id: 'newspaper', why: '再次' })).toMatchObject({ name: 'channel-closed' });
    expect(openOn(then.state, '2013-05-31')).toBe(true);
    expect(openOn(then.state, '2013-06-01')).toBe(false);
  });

  it('names each column once', () => {
    const column = { name: '政策', kind: 'column' as const, interactive: false };
    expect(given(channel, opened).when(arrange, { id: 'newspaper', columns: [column, column] })).toMatchObject({
      refused: 'invalid',
      name: 'column-repeated',
    });
    expect(given(channel, opened).when(arrange, { id: 'newspaper', columns: [column] })).toEqual([
      { type: 'ChannelArranged', data: { channelId: 'newspaper', columns: [column] } },
    ]);
  });

  it('that was never opened is unknown', () => {
    expect(given(channel).when(close, { id: 'newspaper', why: '停刊' })).toMatchObject({
      refused: 'missing',
      name: 'channel-unknown',
    });
  });
});
